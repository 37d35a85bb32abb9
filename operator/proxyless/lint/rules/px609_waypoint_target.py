"""PX609: a policy that targets a Service attaches to its waypoint; proxyless servers ignore it, their clients go past it."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import selects_grpc
from proxyless.lint.world import World
from proxyless.mesh.service import selector_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth

_WAYPOINT = "istio-waypoint"
"""GatewayClass of waypoints."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target reference that can only mean a waypoint, in a namespace with proxyless servers."""
    for path, target in _targets(subject):
        kind, name = str(target.get("kind", "")), str(target.get("name", ""))
        condition = _condition(subject, kind, name, world)
        if condition is not None:
            yield Hit(
                path,
                f"This policy is enforced by a waypoint in front of {kind} {name}. Proxyless servers ignore it, and "
                "proxyless clients do not go through waypoints.",
                applies=condition,
                deny=False,
            )


def _targets(subject: Resource) -> Iterator[tuple[FieldPath, dict[str, object]]]:
    if subject.spec.get("targetRef"):
        yield ("spec", "targetRef"), mapping(subject.spec["targetRef"])
    for index, entry in enumerate(sequence(subject.spec.get("targetRefs"))):
        yield ("spec", "targetRefs", index), mapping(entry)


def _condition(subject: Resource, kind: str, name: str, world: World) -> str | None:
    """Under which condition calls to proxyless servers are meant; None: they are not."""
    wanted: dict[str, object] = {}
    if kind == "Service":
        service = world.get("Service", subject.namespace, name)
        wanted = selector_of(service) if service else {}
    elif kind == "Gateway":
        gateway = world.get("KubernetesGateway", subject.namespace, name)
        if gateway is None or gateway.spec.get("gatewayClassName") != _WAYPOINT:
            return None
    elif kind != "ServiceEntry":
        return None
    truth = selects_grpc(world, subject.namespace, wanted)
    if truth is Truth.NO:
        return None
    certain = truth is Truth.YES and bool(wanted)
    return "" if certain else "its target has proxyless servers or clients"


RULE = Rule(
    code="PX609",
    slug="waypoint-target",
    summary="A policy targets a waypoint, which calls between proxyless workloads never meet.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy", "RequestAuthentication"),
    check=check,
    remedy="Write a policy with `selector: {matchLabels: ...}` for the proxyless servers.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.targetRefs[]",
        'matrix istio Service metadata.labels["istio.io/use-waypoint"]',
    ),
    reads=("Service", "KubernetesGateway"),
)
