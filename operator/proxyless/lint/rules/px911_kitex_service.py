"""PX911: Kitex looks for a listener of cluster address and port, which exists for undeclared ports only."""

from collections.abc import Iterator

from proxyless.lint.frameworks import served_by
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import UNDECLARED, is_headless, ports_of
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port with a protocol, and one for a Service without an address, in front of Kitex servers."""
    if not served_by(world, subject, Framework.KITEX):
        return
    if is_headless(subject):
        yield Hit(
            ("spec", "clusterIP"),
            "Kitex looks for a listener of the cluster address, and a headless Service has none: get listener failed.",
        )
    for port in ports_of(subject):
        if port.protocol != UNDECLARED:
            harm = "no http filter found in listener" if port.protocol == "tcp" else "get listener failed"
            where = "appProtocol" if not port.name or not port.name.startswith(port.protocol) else "name"
            path = (*port.path, where)
            yield Hit(
                path,
                f"Port {port.number} is declared {port.protocol}: Kitex clients fail with {harm!r}.",
                fix=drop(path) if where == "appProtocol" else None,
            )


RULE = Rule(
    code="PX911",
    slug="kitex-service",
    summary="A Service of Kitex servers has a declared port, or no cluster address.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    frameworks=(Framework.KITEX,),
    remedy="Leave the port without a protocol in its name and without appProtocol, and give the Service a cluster address.",
    evidence=("matrix frameworks Service port", "failure modes J3 and J4"),
    fixes=("unsafe",),
)
