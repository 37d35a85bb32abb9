"""PX350: STRICT is asked of a server whose library cannot do it: it serves in plaintext, or not at all."""

from collections.abc import Iterator

from proxyless.lint.field_rows import concerns, keys_for, unsupported_rows
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, services_before
from proxyless.lint.world import World
from proxyless.matrix.judgment import Judgment
from proxyless.mesh.selector import match_labels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_OF_PX802 = "tls.deprecated_provider_fields"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per mode that a selected server's library does not honor."""
    if not concerns("PX350", subject, world):
        return
    workloads = grpc_workloads(world, subject.namespace, match_labels(subject))
    clients = tuple(dict.fromkeys(map(world.client_of, workloads)))
    for item in unsupported_rows("PX350", subject, world, clients, _is_mine):
        mine = [workload for workload in workloads if world.client_of(workload) in item.harmed]
        yield item.hit([_doubt(mine, world)], mine)


def _doubt(workloads: list[Workload], world: World) -> str:
    """Clients without a Service may carry the label too: they serve nothing."""
    return "" if any(services_before(world, workload) for workload in workloads) else "the workload serves gRPC"


def _is_mine(answer: Judgment) -> bool:
    return _OF_PX802 not in answer.features


RULE = Rule(
    code="PX350",
    slug="library-without-mtls",
    summary="STRICT is asked of a server whose gRPC library has no xDS server or no TLS by xDS.",
    severity=Severity.ERROR,
    kinds=("PeerAuthentication",),
    needs=keys_for("PX350"),
    check=check,
    remedy="Upgrade the library, or give the server an Envoy sidecar.",
    reads=("Service",),
    evidence=("matrix istio PeerAuthentication spec.mtls.mode STRICT", "matrix grpc server.tls, server.listener"),
)
