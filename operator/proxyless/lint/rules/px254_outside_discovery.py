"""PX254: discoverySelectors of MeshConfig leave a namespace out, so istiod does nothing for the workloads in it."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.discovery import discovers
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per proxyless workload of such a namespace, where the namespace's labels are known."""
    selectors = world.settings.discovery
    if not selectors:
        return
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    namespace = world.get("Namespace", "", subject.namespace)
    if namespace is None or discovers(selectors, namespace.name, namespace.labels):
        return
    message = (
        f"discoverySelectors of MeshConfig leave out the namespace {subject.namespace}: istiod sends no endpoints of its "
        "Services, and pods wait for the ConfigMap istio-ca-root-cert, which istiod does not write there."
    )
    yield Hit((*workload.path, "metadata"), message, related=(namespace.ref,))


RULE = Rule(
    code="PX254",
    slug="outside-discovery",
    summary="A proxyless workload is in a namespace that discoverySelectors leave out.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    remedy="Give the namespace a label that a discoverySelector of MeshConfig asks for, or add a selector.",
    evidence=("matrix istio MeshConfig discoverySelectors", "istiod writes its root only to discovered namespaces"),
    reads=("Namespace",),
)
