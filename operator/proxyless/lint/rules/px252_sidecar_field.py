"""PX252: fields of a Sidecar that configure an Envoy, which a proxyless workload does not have."""

from collections.abc import Iterator

from proxyless.lint.field_rows import concerns, keys_for, unsupported_rows
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field, where the Sidecar is for a proxyless workload."""
    if not concerns("PX252", subject, world):
        return
    labels = mapping(mapping(subject.spec.get("workloadSelector")).get("labels"))
    workloads = grpc_workloads(world, subject.namespace, labels)
    if not workloads:
        return
    clients = tuple(dict.fromkeys(map(world.client_of, workloads)))
    for item in unsupported_rows("PX252", subject, world, clients):
        yield item.hit(concerned=workloads)


RULE = Rule(
    code="PX252",
    slug="sidecar-field",
    summary="A Sidecar for proxyless workloads sets what only Envoy does.",
    severity=Severity.WARNING,
    kinds=("Sidecar",),
    needs=keys_for("PX252"),
    check=check,
    remedy="Do it in the application, or with a NetworkPolicy; limit the Sidecar to workloads with Envoy.",
    evidence=("matrix istio: the rows that name PX252",),
)
