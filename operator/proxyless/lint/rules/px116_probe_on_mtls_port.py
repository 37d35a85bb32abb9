"""PX116: the kubelet has no mesh certificate, so its probes fail on a port that demands mTLS."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import ServedPort, is_grpc, listeners
from proxyless.lint.workload_lookup import services_of
from proxyless.lint.world import World
from proxyless.mesh.peer import Speaks
from proxyless.mesh.pod.pod import Container
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource, mapping
from proxyless.model.scalar import whole

_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per gRPC or HTTP probe on a port where the xDS server speaks mTLS only."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    protected = _protected(workload, world)
    for container in workload.pod.apps:
        for probe in _PROBES:
            for kind in ("grpc", "httpGet"):
                port = _number(mapping(mapping(container.raw.get(probe)).get(kind)).get("port"), container)
                listener = protected.get(port)
                if listener is not None:
                    mode = f"mTLS is {listener.peer.mode.value} there"
                    yield Hit(
                        (*container.path, probe, kind),
                        f"The kubelet probes port {port} without a mesh certificate, and {mode}: the probe fails if an xDS server has the port.",
                        related=(listener.peer.source.ref,) if listener.peer.source else (),
                    )


def _protected(workload: Workload, world: World) -> dict[int, ServedPort]:
    """Ports of the workload on which its server speaks mTLS only."""
    return {
        item.target: item
        for service in services_of(workload, world)
        for item in listeners(world, service)
        if item.workload.ref == workload.ref and item.server.speaks == {Speaks.TLS}
    }


def _number(port: object, container: Container) -> int:
    """Port of a probe, 0 where it is none; a name is one of the container's ports."""
    if isinstance(port, str) and whole(port) is None:
        port = next((entry.get("containerPort") for entry in container.ports if entry.get("name") == port), 0)
    return whole(port) or 0


RULE = Rule(
    code="PX116",
    slug="probe-on-mtls-port",
    summary="A probe of the kubelet goes to a port that demands mTLS.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    needs=_PROBES,
    remedy="Serve health on a port of its own by a plain gRPC or HTTP server, and probe that.",
    evidence=("matrix istio Pod spec.containers[].readinessProbe.grpc", "failure mode H1"),
    reads=("Service", "PeerAuthentication"),
)
