"""PX410: fields of a traffic policy that istiod does not translate for gRPC clients."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath, get
from proxyless.model.resource import Resource

_FIELDS: dict[FieldPath, tuple[Severity, str, str]] = {
    ("tunnel",): (
        Severity.ERROR,
        "gRPC clients connect directly, past the tunnel's proxy",
        "Route the calls through an egress gateway, and forbid direct ones with a NetworkPolicy.",
    ),
    ("proxyProtocol",): (Severity.WARNING, "gRPC clients send no PROXY header", "Remove it."),
    ("retryBudget",): (
        Severity.WARNING,
        "gRPC clients have no retry budget",
        "Limit `retries.attempts` in the VirtualService.",
    ),
    ("loadBalancer", "zoneAwareLbSetting"): (
        Severity.WARNING,
        "of it only failover between regions reaches gRPC clients",
        "Write `localityLbSetting` instead.",
    ),
    ("loadBalancer", "backendUtilization"): (
        Severity.WARNING,
        "istiod does not send it to gRPC clients, they use round robin",
        "Write `simple: ROUND_ROBIN`, which is what happens.",
    ),
    ("loadBalancer", "warmup"): (Severity.INFO, "gRPC clients have no slow start", "Remove it."),
    ("loadBalancer", "warmupDurationSecs"): (Severity.INFO, "gRPC clients have no slow start", "Remove it."),
}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field and level."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    for level in levels(subject):
        for path, (severity, harm, remedy) in _FIELDS.items():
            if get(level.policy, path) is not None:
                message = f"{path[-1]} has no effect: {harm}."
                whole = (*level.path, *path)
                yield Hit(whole, message, remedy, severity, condition, deny=False, fix=drop(whole))


RULE = Rule(
    code="PX410",
    slug="traffic-policy-field-ignored",
    summary="A DestinationRule sets a field that gRPC clients do not get.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=tuple(str(path[-1]) for path in _FIELDS),
    remedy="Remove the field.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.tunnel, .proxyProtocol, .retryBudget",
        "matrix istio DestinationRule spec.trafficPolicy.loadBalancer.zoneAwareLbSetting, .backendUtilization, .warmup",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
