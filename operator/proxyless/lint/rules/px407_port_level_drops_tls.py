"""PX407: a portLevelSettings entry replaces the level around it whole, so one without tls makes its port plaintext."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, services_of_rule
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import grpc_ports
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port entry without tls inside a level with ISTIO_MUTUAL."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    services = services_of_rule(subject, world)
    called = {port.number for service in services for port in grpc_ports(service)}
    whole, around = "", ""
    for level in levels(subject):
        mode = str(mapping(level.policy.get("tls")).get("mode") or "")
        if level.path[-2:-1] != ("portLevelSettings",):
            around = mode or (whole if level.subset else "")
            whole = whole if level.subset else mode
            continue
        if around == "ISTIO_MUTUAL" and "tls" not in level.policy and (not services or level.port in called):
            yield Hit(
                level.path,
                f"This entry has no tls and inherits none: calls to port {level.port} of {subject.spec.get('host')} "
                "are plaintext, although the rule says ISTIO_MUTUAL.",
                applies=condition,
                deny=False,
            )


RULE = Rule(
    code="PX407",
    slug="port-level-drops-tls",
    summary="A port entry of a DestinationRule leaves out tls and makes its port plaintext.",
    severity=Severity.ERROR,
    kinds=("DestinationRule",),
    check=check,
    needs=("portLevelSettings",),
    remedy="Write `tls: {mode: ISTIO_MUTUAL}` in this entry too.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.portLevelSettings[] without tls",
        "istio pilot/pkg/networking/util/util.go GetPortLevelTrafficPolicy",
    ),
    reads=("Service",),
)
