"""PX704: proxyless clients connect to pods directly, so what a waypoint would enforce or route is passed by."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth

_LABEL = "istio.io/use-waypoint"
_NAMESPACE = "istio.io/use-waypoint-namespace"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on a Service with a waypoint, its own or its namespace's, that proxyless clients call."""
    own = subject.labels.get(_LABEL)
    labels = subject.labels if own else world.namespace_labels(subject.namespace) or {}
    waypoint = labels.get(_LABEL)
    if not waypoint or waypoint == "none" or has_grpc_clients(world, subject.namespace) is Truth.NO:
        return
    host = host_of(subject, world.settings.domain)
    callers = callers_of(world, host)
    if not own and not callers:
        return  # of all Services of a namespace only those that are called
    who = named(callers) if callers else "Proxyless clients"
    verb = "goes" if callers else "go"
    elsewhere = f"{labels[_NAMESPACE]}/" if labels.get(_NAMESPACE) else ""
    whose = "its waypoint" if own else f"the waypoint of Namespace {subject.namespace},"
    yield Hit(
        ("metadata", "labels", _LABEL),
        f"{who} {verb} straight to the pods of {host}: what {whose} {elsewhere}{waypoint} routes and enforces does not hold "
        "for them.",
        applies="" if callers else f"a proxyless client calls {host}",
        related=tuple(item.ref for item in callers),
        deny=False,
    )


RULE = Rule(
    code="PX704",
    slug="waypoint-bypassed",
    summary="Proxyless clients call a Service past its waypoint.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    remedy="Enforce at the server: policies with a selector for proxyless pods, or checks in the application.",
    evidence=(
        'matrix istio Service metadata.labels["istio.io/use-waypoint"]',
        "istio pilot/pkg/xds/endpoints/endpoint_builder.go supportTunnel",
    ),
    reads=("Namespace",),
)
