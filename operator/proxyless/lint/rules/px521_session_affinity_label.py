"""PX521: the label for persistent sessions makes istiod crash as soon as a proxyless client asks for the Service."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth
from proxyless.model.version import Span

_LABELS = {
    "istio.io/persistent-session": Span.parse("1.18.."),
    "istio.io/persistent-session-header": Span.parse("1.24.."),
}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per label."""
    clients = has_grpc_clients(world)
    if clients is Truth.NO:
        return
    istio = world.settings.istio
    applies = "" if clients is Truth.YES else "the mesh has proxyless gRPC clients"
    for label, span in _LABELS.items():
        if label in subject.labels and (istio is None or istio in span):
            message = f"With the label {label} istiod fails when a proxyless client asks for this Service: the whole mesh loses its control plane."
            yield Hit(("metadata", "labels", label), message, applies=applies)


RULE = Rule(
    code="PX521",
    slug="session-affinity-label",
    summary="A Service has the label for persistent sessions, with which proxyless clients crash istiod.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    remedy="Remove the label; for affinity use consistentHash.httpHeaderName in a DestinationRule.",
    evidence=('matrix istio Service metadata.labels["istio.io/persistent-session"]', "failure mode E18"),
)
