"""PX208: the persistent-session labels of a Service make istiod write into nothing when a gRPC client asks for it."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import selects_grpc
from proxyless.lint.world import World
from proxyless.mesh.service import host_of, selector_of
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth

_LABELS = ("istio.io/persistent-session", "istio.io/persistent-session-header")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per label."""
    labels = [label for label in _LABELS if subject.labels.get(label)]
    if not labels or has_grpc_clients(world, subject.namespace) is Truth.NO:
        return
    host = host_of(subject, world.settings.domain)
    callers = tuple(workload.ref for workload in callers_of(world, host))
    wanted = selector_of(subject)
    likely = callers or (wanted and selects_grpc(world, subject.namespace, wanted) is Truth.YES)
    for label in labels:
        yield Hit(
            ("metadata", "labels", label),
            "When a proxyless client asks for this Service, istiod dereferences nil and panics, by its source: an outage of "
            "the control plane. Where session filters are switched on, Go clients reject the listener.",
            applies="" if likely else f"a proxyless client calls {host}",
            related=callers,
            deny=False,
            fix=drop(("metadata", "labels", label)),
        )


RULE = Rule(
    code="PX208",
    slug="persistent-session",
    summary="A persistent-session label on a Service that gRPC clients call can crash istiod.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    needs=_LABELS,
    remedy="Remove the label; for affinity use a DestinationRule with `consistentHash: {httpHeaderName: ...}`.",
    evidence=(
        'matrix istio Service metadata.labels["istio.io/persistent-session"]',
        "istio pilot/pkg/networking/grpcgen/cds.go build: writes CommonLbConfig without making it (read, not run)",
    ),
    fixes=("unsafe",),
)
