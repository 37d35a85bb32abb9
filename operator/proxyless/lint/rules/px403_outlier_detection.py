"""PX403: istiod never sends outlier detection to gRPC clients, but its presence changes how it ranks endpoints."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import Resource, mapping

_REMEDY = "Remove it and rely on readiness probes."
_WANTED = "Where that is wanted, write `outlierDetection: {}` and name the localities in `localityLbSetting.failoverPriority`."


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per level with ``outlierDetection``, also an empty one, unless it is there for locality failover."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    for level in levels(subject):
        said = level.policy.get("outlierDetection")
        if not isinstance(said, dict):
            continue
        locality = mapping(mapping(level.policy.get("loadBalancer")).get("localityLbSetting"))
        if not said and (locality.get("failover") or locality.get("failoverPriority")):
            continue
        message, remedy = "gRPC clients never eject an endpoint: istiod does not send outlier detection.", _REMEDY
        if locality.get("enabled") is not False:
            message += " It still keeps calls in the client's locality while any endpoint there connects."
            remedy = f"{_REMEDY} {_WANTED}"
        path = (*level.path, "outlierDetection")
        yield Hit(path, message, remedy, applies=condition, fix=drop(path))


RULE = Rule(
    code="PX403",
    slug="outlier-detection",
    summary="A DestinationRule sets outlier detection, which gRPC clients never get.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=("outlierDetection",),
    remedy=_REMEDY,
    evidence=("matrix istio DestinationRule spec.trafficPolicy.outlierDetection",),
    reads=("Service",),
    fixes=("unsafe",),
)
