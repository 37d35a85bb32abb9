"""PX409: with ISTIO_MUTUAL gRPC clients get only the mode; names and SNI that the rule pins are not used."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per ``subjectAltNames`` and ``sni`` beside ISTIO_MUTUAL; with other modes PX401 says enough."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    for level in levels(subject):
        tls = mapping(level.policy.get("tls"))
        if tls.get("mode") != "ISTIO_MUTUAL":
            continue
        if tls.get("subjectAltNames"):
            yield Hit(
                (*level.path, "tls", "subjectAltNames"),
                "gRPC clients do not check these names: istiod sends the service accounts of the endpoints instead, "
                "and where it knows none any certificate of the mesh is accepted.",
                applies=condition,
                deny=False,
                fix=drop((*level.path, "tls", "subjectAltNames")),
            )
        if tls.get("sni"):
            yield Hit(
                (*level.path, "tls", "sni"),
                "gRPC clients never send this SNI: they use the name that they dial.",
                "Remove it, and dial the name that the server expects.",
                severity=Severity.WARNING,
                applies=condition,
                fix=drop((*level.path, "tls", "sni")),
            )


RULE = Rule(
    code="PX409",
    slug="tls-field-ignored",
    summary="A DestinationRule pins server names or SNI, which gRPC clients do not use.",
    severity=Severity.ERROR,
    kinds=("DestinationRule",),
    check=check,
    needs=("subjectAltNames", "sni"),
    remedy="Remove it; for servers outside Kubernetes write `subjectAltNames` in their ServiceEntry.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.tls.subjectAltNames[]",
        "matrix istio DestinationRule spec.trafficPolicy.tls.sni",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
