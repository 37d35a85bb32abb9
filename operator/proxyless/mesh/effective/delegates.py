"""VirtualServices that hand a part of their routes to another one. Pure; used by ``virtual_services``.

Source: ``MergeHTTPRoutes`` and ``hasConflict`` in istiod's ``pilot/pkg/model/virtualservice.go``.
"""

from collections.abc import Callable, Iterator

from proxyless.mesh.host import qualify
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, kept, mapping, sequence

_INHERITED = (
    "rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "mirrorPercent", "mirrorPercentage",
    "corsPolicy", "mirrors", "headers",
)  # fmt: skip
_ONE = ("uri", "scheme", "method", "authority")
_MANY = ("headers", "withoutHeaders", "queryParams")


class Match(NamedTuple):
    """One entry of ``match``, merged with the one of the delegating route where there is one."""

    body: dict[str, object]
    path: FieldPath
    """In the object that holds the route."""


class ResolvedRoute(NamedTuple):
    """One entry of ``spec.http`` as istiod reads it, delegates resolved and hosts full."""

    body: dict[str, object]
    """Fields of the entry; those that it inherits from the delegating route are filled in."""
    matches: tuple[Match, ...]
    """Empty: it takes every call."""
    resource: Resource
    """The VirtualService that holds it: the delegate where there is one."""
    path: FieldPath
    via: FieldPath = ()
    """Of a delegate's route: the delegating entry in the root VirtualService."""


class Lost(NamedTuple):
    """A route that delegates to nothing."""

    path: FieldPath
    """Its ``delegate`` in the root VirtualService."""
    reason: str
    child: Resource | None = None
    """The VirtualService of that name, which does not serve; None: it is not there."""
    child_path: FieldPath = ()
    """The field of it that keeps it from serving."""


Lookup = Callable[[str, str], "Resource | Lost"]
"""Finds a delegate by namespace and name for a root; what it lacks, without a path, where there is none that serves."""


def rules_of(resource: Resource, delegate: Lookup, domain: str) -> tuple[tuple[ResolvedRoute, ...], tuple[Lost, ...]]:
    """The routes of a root VirtualService, and the entries whose delegate does not exist or is hidden from it."""
    rules: list[ResolvedRoute] = []
    lost: list[Lost] = []
    entries = list(enumerate(map(mapping, sequence(resource.spec.get("http")))))
    for index, entry in entries:
        rule = _alone(entry, resource, ("spec", "http", index), domain)
        if not isinstance(entry.get("delegate"), dict):
            rules.append(rule)
            continue
        target = mapping(entry["delegate"])
        child = delegate(str(target.get("namespace") or resource.namespace), str(target.get("name") or ""))
        if isinstance(child, Lost):
            lost.append(child._replace(path=(*rule.path, "delegate")))
            continue
        found = list(_children(rule, child, domain))
        if not found:
            lost.append(_unfit((*rule.path, "delegate"), child))
        rules += found
    return tuple(rules), tuple(lost)


def _unfit(path: FieldPath, child: Resource) -> Lost:
    if not sequence(child.spec.get("http")):
        return Lost(path, f"{child.ref} has no http routes", child, ("spec",))
    return Lost(path, f"no match of {child.ref} can hold where those of this route do", child, ("spec", "http"))


def _alone(entry: dict[str, object], resource: Resource, path: FieldPath, domain: str) -> ResolvedRoute:
    matches = tuple(
        Match(mapping(item), (*path, "match", index)) for index, item in enumerate(sequence(entry.get("match")))
    )
    return ResolvedRoute(_full(entry, resource.namespace, domain), matches, resource, path)


def _full(entry: dict[str, object], namespace: str, domain: str) -> dict[str, object]:
    """The entry with short destination hosts completed in the namespace of its VirtualService."""
    full = dict(entry)
    for key in ("route", "mirrors"):
        if isinstance(entry.get(key), list):
            full[key] = [
                mapping(item) | {"destination": _destination(mapping(item).get("destination"), namespace, domain)}
                for item in sequence(entry[key])
            ]
    if isinstance(entry.get("mirror"), dict):
        full["mirror"] = _destination(entry["mirror"], namespace, domain)
    return full


def _destination(value: object, namespace: str, domain: str) -> dict[str, object]:
    found = mapping(value)
    return found | {"host": qualify(str(found.get("host") or ""), namespace, domain)}


def other_destinations(resource: Resource, domain: str) -> Iterator[dict[str, object]]:
    """Destinations of ``tcp`` and ``tls`` routes, hosts full: no client of ours takes them, but they bring Services in."""
    for key in ("tcp", "tls"):
        for entry in sequence(resource.spec.get(key)):
            for item in sequence(mapping(entry).get("route")):
                yield _destination(mapping(item).get("destination"), resource.namespace, domain)


@kept
def hosts_named(resource: Resource) -> frozenset[str]:
    """Hosts of all destinations and mirrors of a VirtualService, as they are written."""
    found: set[str] = set()
    for key in ("http", "tcp", "tls"):
        for entry in map(mapping, sequence(resource.spec.get(key))):
            parts = [mapping(item).get("destination") for item in sequence(entry.get("route"))]
            parts += [mapping(item).get("destination") for item in sequence(entry.get("mirrors"))]
            found.update(str(mapping(part).get("host") or "") for part in (*parts, entry.get("mirror")))
    return frozenset(found - {""})


@kept
def delegates_named(resource: Resource) -> frozenset[tuple[str, str]]:
    """Namespace and name of the VirtualServices that one delegates to."""
    return frozenset(
        (str(target.get("namespace") or resource.namespace), str(target.get("name") or ""))
        for entry in sequence(resource.spec.get("http"))
        if (target := mapping(mapping(entry).get("delegate")))
    )


def _children(root: ResolvedRoute, child: Resource, domain: str) -> Iterator[ResolvedRoute]:
    for index, entry in enumerate(map(mapping, sequence(child.spec.get("http")))):
        rule = _alone(entry, child, ("spec", "http", index), domain)
        matches = _both(root.matches, rule.matches)
        if matches is None:
            continue
        body = dict(rule.body)
        names = [str(part.get("name")) for part in (root.body, body) if part.get("name")]
        body["name"] = "-".join(names)
        for key in _INHERITED:
            if body.get(key) is None and root.body.get(key) is not None:
                body[key] = root.body[key]
        yield ResolvedRoute(body, matches, child, rule.path, root.path)


def _both(root: tuple[Match, ...], leaf: tuple[Match, ...]) -> tuple[Match, ...] | None:
    """Matches that hold for both; None where one of the delegate's fits none of the root's."""
    if not root:
        return leaf
    if not leaf:
        return root
    found = []
    for item in leaf:
        fitting = [other for other in root if not _contradict(other.body, item.body)]
        if not fitting:
            return None
        found += [Match(_merged(other.body, item.body), item.path) for other in fitting]
    return tuple(found)


def _merged(root: dict[str, object], leaf: dict[str, object]) -> dict[str, object]:
    out = dict(leaf)
    names = [str(part.get("name")) for part in (root, leaf) if part.get("name")]
    out["name"] = "-".join(names)
    for key in (*_ONE, "port", "sourceNamespace", "gateways"):
        if not out.get(key) and root.get(key):
            out[key] = root[key]
    for key in (*_MANY, "sourceLabels"):
        both = mapping(root.get(key)) | mapping(leaf.get(key))
        if both:
            out[key] = both
    return out


def _contradict(root: dict[str, object], leaf: dict[str, object]) -> bool:
    if any(_texts_contradict(root.get(key), leaf.get(key)) for key in _ONE):
        return True
    for key in _MANY:
        wanted = mapping(root.get(key))
        if any(_texts_contradict(wanted.get(name), value) for name, value in mapping(leaf.get(key)).items()):
            return True
    if bool(root.get("ignoreUriCase")) != bool(leaf.get("ignoreUriCase")):
        return True
    ports = root.get("port"), leaf.get("port")
    if all(ports) and ports[0] != ports[1]:
        return True
    if root.get("sourceNamespace") and leaf.get("sourceNamespace") != root.get("sourceNamespace"):
        return True
    labels = mapping(root.get("sourceLabels"))
    if any(labels.get(key, value) != value for key, value in mapping(leaf.get("sourceLabels")).items()):
        return True
    gateways = set(map(str, sequence(root.get("gateways")))), set(map(str, sequence(leaf.get("gateways"))))
    return bool(gateways[0] and gateways[1]) and not gateways[1] <= gateways[0]


def _texts_contradict(root: object, leaf: object) -> bool:
    """Whether the delegate's condition on a text is no narrower one of the root's."""
    if root is None or leaf is None:
        return False
    wide, narrow = mapping(root), mapping(leaf)
    if wide.get("regex") and any(narrow.get(key) for key in ("regex", "prefix", "exact")):
        return True
    if narrow.get("regex") and any(wide.get(key) for key in ("regex", "prefix", "exact")):
        return True
    if wide.get("exact"):
        return bool(narrow.get("prefix")) or narrow.get("exact") != wide["exact"]
    text = narrow.get("prefix") or narrow.get("exact")
    return not (wide.get("prefix") and text and str(text).startswith(str(wide["prefix"])))
