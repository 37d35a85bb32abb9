"""PX901: Dubbo finds providers only behind Service ports that are named for HTTP or gRPC."""

from collections.abc import Iterator

from proxyless.lint.frameworks import ROUTED, served_by
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import ports_of
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port of a Service of Dubbo providers, if none is of such a protocol; PX909 wants no second one."""
    ports = ports_of(subject)
    if any(port.protocol in ROUTED for port in ports) or not served_by(world, subject, Framework.DUBBO):
        return
    for port in ports:
        name = f"is named {port.name!r}" if port.name else "has no name"
        yield Hit((*port.path, "name"), f"Port {port.number} {name}: Dubbo consumers find no provider behind it.")


RULE = Rule(
    code="PX901",
    slug="dubbo-port-name",
    summary="A Service of Dubbo providers has no port that is named for HTTP or gRPC.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    by_value=True,
    frameworks=(Framework.DUBBO,),
    remedy="Name the port of the providers grpc-... or http-....",
    evidence=("matrix frameworks Service port", "failure mode I10"),
)
