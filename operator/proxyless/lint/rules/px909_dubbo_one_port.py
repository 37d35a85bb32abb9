"""PX909: Dubbo looks for providers behind every routed port of a Service at once, and gets in its own way."""

from collections.abc import Iterator

from proxyless.lint.frameworks import ROUTED, served_by
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import ports_of
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Service of Dubbo providers with several ports that istiod sends routes for."""
    if not served_by(world, subject, Framework.DUBBO):
        return
    routed = [str(port.number) for port in ports_of(subject) if port.protocol in ROUTED]
    if len(routed) > 1:
        which = f"{', '.join(routed[:-1])} and {routed[-1]}"
        message = f"Ports {which} are named for HTTP or gRPC: consumers take each for a way to the providers, and hang at their start or find none."
        yield Hit(("spec", "ports"), message)


RULE = Rule(
    code="PX909",
    slug="dubbo-one-port",
    summary="A Service of Dubbo providers has several ports that are named for HTTP or gRPC.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    frameworks=(Framework.DUBBO,),
    remedy="Keep that of the providers, and name the others tcp-...; the Service needs no port 20885, as consumers ask the pods for metadata.",
    evidence=("matrix frameworks Service port", "played with Dubbo 3.2.9 and Istio 1.31"),
)
