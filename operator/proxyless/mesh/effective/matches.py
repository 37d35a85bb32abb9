"""Conditions of a route as they reach the client, and which clients a route is for. Pure; used by ``routes``.

Source: ``TranslateRouteMatch``, ``sourceMatchHTTP`` and ``IsCatchAllRoute`` in istiod's ``pilot/pkg/networking/core/route/route.go``.
"""

from collections.abc import Mapping

from proxyless.mesh.effective.indexes import MESH
from proxyless.mesh.selector import selects
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

_TEXTS = (("exact", "exact"), ("prefix", "prefix"), ("regex", "safe_regex"))
_CLAIM = "@request.auth.claims"
_ABOUT_CALLS = (("method", ":method"), ("authority", ":authority"), ("scheme", ":scheme"))


class SentMatch(NamedTuple):
    """What a client compares with a call."""

    path: str = "prefix:/"
    """``prefix:``, ``path:`` (exact), ``path_separated_prefix:`` or ``safe_regex:`` and the text."""
    headers: tuple[str, ...] = ()
    """``name~string_match~exact:text``, ``name~present_match~``; with ``!`` in front where it must not hold."""
    ignores_case: bool = False
    """Whether the path is compared without case."""
    query: tuple[str, ...] = ()
    """Query parameters; a gRPC call has none."""
    claims: tuple[str, ...] = ()
    """Claims of a JWT, which gRPC cannot compare."""

    @property
    def takes_all(self) -> bool:
        """Whether istiod takes it for a route without conditions, after which it sends no more."""
        anything = self.path in ("prefix:/", "path_separated_prefix:/", "safe_regex:.*")
        return anything and not (self.headers or self.query or self.claims)


ALL = SentMatch()


class For(NamedTuple):
    """Whose routes are built."""

    namespace: str
    labels: Mapping[str, object]
    port: int
    gateway: str = MESH
    """``namespace/name`` of the Gateway that the client serves; ``mesh``: it is none."""


def is_for(match: Mapping[str, object], asking: For, home: str) -> bool:
    """Whether a match of an object in namespace ``home`` is for a client at all: decided by istiod, and never sent.

    Where ``gateways`` is written, ``sourceLabels`` and ``sourceNamespace`` beside it count for nothing.
    """
    wanted = match.get("port")
    if wanted and wanted != asking.port:
        return False
    gateways = sequence(match.get("gateways"))
    if gateways:
        return asking.gateway in {full_gateway(str(item), home) for item in gateways}
    source = match.get("sourceNamespace")
    return selects(mapping(match.get("sourceLabels")), asking.labels) and (not source or source == asking.namespace)


def full_gateway(name: str, home: str) -> str:
    """The name of a Gateway as an object in namespace ``home`` writes it, in full; ``mesh`` stays as it is."""
    return name if name == MESH or "/" in name else f"{home}/{name}"


def sent(match: Mapping[str, object], *, separated: bool = False) -> SentMatch:
    """A match as it is sent. ``separated``: prefixes end at a slash, as those of Gateway API routes do."""
    headers: list[tuple[str, str]] = []
    claims: list[str] = []
    for key, sign in (("headers", ""), ("withoutHeaders", "!")):
        for name, text in mapping(match.get(key)).items():
            if str(name).startswith(_CLAIM):
                claims.append(sign + str(name))
            else:
                headers.append((str(name), sign + _header(str(name), text)))
    headers.sort(key=lambda item: item[0])
    for key, name in _ABOUT_CALLS:
        if match.get(key) is not None:
            headers.append((name, _header(name, match[key])))
    query = tuple(f"{name}~{_text(text)}" for name, text in mapping(match.get("queryParams")).items())
    path = _path(match.get("uri"), separated=separated)
    return SentMatch(path, tuple(text for _, text in headers), bool(match.get("ignoreUriCase")), query, tuple(claims))


def _header(name: str, text: object) -> str:
    said = _text(text)
    return f"{name}~string_match~{said}" if said and said != "safe_regex:*" else f"{name}~present_match~"


def _text(text: object) -> str:
    found = mapping(text)
    return next((f"{sent_as}:{found[key]}" for key, sent_as in _TEXTS if found.get(key) is not None), "")


def _path(uri: object, *, separated: bool) -> str:
    said = _text(uri)
    kind, _, text = said.partition(":")
    if not said:
        return ALL.path
    if kind == "exact":
        return f"path:{text}"
    if kind == "prefix" and separated and text != "/":
        return f"path_separated_prefix:{text.removesuffix('/')}"
    return said
