"""PX909: Dubbo consumers ask providers for metadata on one port that all have in common; the Service must have it."""

from collections.abc import Iterator

from proxyless.lint.frameworks import served_by
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.mesh.service import ports_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.version import Framework

PORT = 20885
"""Default of ``metadataServicePort``."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Service of Dubbo providers without that port."""
    behind = served_by(world, subject, Framework.DUBBO)
    ports = ports_of(subject)
    if behind and ports and not any(PORT in (port.number, port.target) for port in ports):
        message = f"No port leads to {PORT}, where consumers ask {named(behind)} for metadata: they find the Service and no provider."
        yield Hit(("spec", "ports"), message, applies="the pods are providers, and metadataServicePort has its default")


RULE = Rule(
    code="PX909",
    slug="dubbo-metadata-port",
    summary="A Service of Dubbo providers does not expose their metadata port.",
    severity=Severity.WARNING,
    kinds=("Service",),
    check=check,
    frameworks=(Framework.DUBBO,),
    remedy=f"Add a port {PORT} named grpc-metadata, and give all providers the same metadataServicePort.",
    evidence=("matrix frameworks target", "failure mode I10"),
)
