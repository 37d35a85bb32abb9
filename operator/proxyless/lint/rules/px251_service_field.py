"""PX251: fields of a Service that kube-proxy or a newer Istio honors, and that gRPC clients therefore do not."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.field_hits import host_hits
from proxyless.lint.field_rows import concerns, keys_for
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field, where a proxyless client is known to call the Service."""
    if not concerns("PX251", subject, world) or has_grpc_clients(world, subject.namespace) is Truth.NO:
        return
    host = host_of(subject, world.settings.domain)
    if callers_of(world, host):
        yield from host_hits("PX251", subject, world, [host])


RULE = Rule(
    code="PX251",
    slug="service-field",
    summary="A Service that a proxyless client dials has a field without effect on its calls.",
    severity=Severity.INFO,
    kinds=("Service",),
    needs=keys_for("PX251"),
    check=check,
    remedy="Use a DestinationRule with `consistentHash: {httpHeaderName: ...}` for affinity.",
    evidence=("matrix istio: the rows that name PX251",),
)
