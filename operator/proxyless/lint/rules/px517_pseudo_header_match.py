"""PX517: gRPC clients match on the application's metadata only: scheme, method, authority and such are not among it."""

from collections.abc import Iterator

from proxyless.lint.clients import any_speaks, in_use, titles
from proxyless.lint.routes import api_matches, api_rules, mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import C_CORE, Language
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth

_FIELDS = ("scheme", "method", "authority")
_NEVER = (":authority", ":method", ":scheme", "host", "user-agent")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition that no call, or no call of some languages, can fulfill."""
    for path, name, severity in _conditions(subject):
        who = _blind(name, world)
        if who:
            message = f"{who} clients see only the application's metadata, not {name}: the match is never true for them, calls take the next route."
            yield Hit(path, message, severity=severity, fix=drop(path))


def _conditions(subject: Resource) -> Iterator[tuple[FieldPath, str, Severity]]:
    """What a match looks at: path, header name, how bad."""
    if subject.kind != "VirtualService":
        yield from _of_gateway_api(subject)
        return
    for here, match in mesh_matches(subject):
        for field in _FIELDS:
            if match.get(field):
                yield (*here, field), f":{field}", Severity.ERROR
        for name in mapping(match.get("headers")):
            yield (*here, "headers", name), str(name).lower(), Severity.WARNING


def _of_gateway_api(subject: Resource) -> Iterator[tuple[FieldPath, str, Severity]]:
    for path, rule in api_rules(subject):
        for here, match in api_matches(path, rule):
            if subject.kind == "HTTPRoute" and match.get("method"):
                yield (*here, "method"), ":method", Severity.ERROR
            for index, entry in enumerate(sequence(match.get("headers"))):
                yield (*here, "headers", index), str(mapping(entry).get("name", "")).lower(), Severity.WARNING


def _blind(name: str, world: World) -> str:
    """Languages whose clients never see a header, ``gRPC`` for all, empty for none."""
    if name in _NEVER or name.endswith("-bin"):
        return "gRPC"
    if name == ":path" or name.startswith("grpc-"):
        others = [
            language
            for language in (Language.GO, Language.JAVA, Language.NODE)
            if any_speaks(world, [language]) is not Truth.NO
        ]
        return titles(others) if any_speaks(world, C_CORE) is not Truth.NO else "gRPC"
    if name == "content-type":
        return titles(in_use(world, (Language.GO,)))
    return ""


RULE = Rule(
    code="PX517",
    slug="pseudo-header-match",
    summary="A match looks at something that gRPC clients do not see, so it is never true.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=(*_FIELDS, "headers"),
    remedy="Remove the condition: gRPC is always POST; match on the method by uri, or on a metadata key of the application.",
    evidence=(
        "matrix istio VirtualService spec.http[].match[].method",
        "matrix istio VirtualService spec.http[].match[].headers.*",
        "matrix grpc route.match.header.basic",
        "failure mode E20",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
