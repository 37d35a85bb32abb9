"""PX407: a portLevelSettings entry replaces the level around it whole, so one without tls makes its port plaintext."""

from collections.abc import Iterator

from proxyless.lint.clusters_called import clusters_called
from proxyless.lint.destinations import caller_condition, host_of_rule, services_of_rule
from proxyless.lint.in_effect import ROUTING
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.service import grpc_ports, host_of
from proxyless.mesh.traffic import PolicyLevel, levels
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port entry without tls inside a level with ISTIO_MUTUAL."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    services = services_of_rule(subject, world)
    called = {port.number for service in services for port in grpc_ports(service)}
    real = [item for host in _hosts(subject, services, world) for item in clusters_called(host, world)]
    whole, around = "", ""
    for level in levels(subject):
        mode = str(mapping(level.policy.get("tls")).get("mode") or "")
        if level.path[-2:-1] != ("portLevelSettings",):
            around = mode or (whole if level.subset else "")
            whole = whole if level.subset else mode
            continue
        if around == "ISTIO_MUTUAL" and "tls" not in level.policy and (not services or level.port in called):
            hit = [caller for item in real if _takes_tls(level, subject, item.cluster) for caller in item.callers]
            who = f" of {named(hit)}" if hit else ""
            unsure = f"a proxyless client calls port {level.port} there" if real and not hit else condition
            yield Hit(
                level.path,
                f"This entry has no tls and inherits none: calls{who} to port {level.port} of {subject.spec.get('host')} "
                "are plaintext, although the rule says ISTIO_MUTUAL.",
                applies="" if hit else unsure,
                related=tuple(dict.fromkeys(caller.ref for caller in hit)),
                deny=False,
                fix=put((*level.path, "tls", "mode"), "ISTIO_MUTUAL", safe=True),
            )


def _hosts(subject: Resource, services: list[Resource], world: World) -> list[str]:
    host = host_of_rule(subject, world)
    return [host] if "*" not in host else [host_of(service, world.settings.domain) for service in services]


def _takes_tls(level: PolicyLevel, subject: Resource, cluster: Cluster) -> bool:
    """Whether it is this entry that leaves a cluster without tls."""
    taker = cluster.policy.taken_by.get("tls")
    return taker is not None and taker.rule is subject and taker.path == level.path


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
    reads=ROUTING,
    fixes=("safe",),
)
