"""PX518: a negative header match does not hold for calls without the header, other than in Envoy."""

from collections.abc import Iterator

from proxyless.lint.clients import grpc_clients
from proxyless.lint.routes import mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per header that must not have a value, where its absence should count as well."""
    if all(client.language is Language.NODE for client in grpc_clients(world)):
        return
    for here, match in mesh_matches(subject):
        for name, value in mapping(match.get("withoutHeaders")).items():
            if value and value != {"regex": "*"}:
                message = f"For gRPC clients calls without the header {name} do not match here either, only those with another value."
                yield Hit((*here, "withoutHeaders", name), message)


RULE = Rule(
    code="PX518",
    slug="without-headers",
    summary="A negative header match leaves out calls that do not have the header.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("withoutHeaders",),
    remedy="Turn it round: match the header's value in a first route, and let a last route without match take the rest.",
    evidence=(
        "matrix istio VirtualService spec.http[].match[].withoutHeaders.*.exact",
        "matrix grpc route.match.header.basic",
    ),
    reads=("Service",),
)
