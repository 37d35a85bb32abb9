"""Services: which workloads they select, on which port, and what protocol istiod takes a port for. Read by ``lint``."""

from collections.abc import Iterable

from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, kept, mapping, sequence
from proxyless.model.scalar import whole

UNDECLARED = ""
"""Protocol of a port that declares none: istiod treats it as HTTP that it recognizes by itself."""

_KNOWN = ("tcp", "udp", "grpc", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql")
_HTTP = ("http", "http2", "http_proxy", "grpc", "grpc-web", UNDECLARED)
_KUBERNETES = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}
_NEVER_GUESSED = (25, 53, 3306, 27017)


class ServicePort(NamedTuple):
    """One entry of ``spec.ports``."""

    number: int
    """The port that clients name."""
    target: int | str
    """Port on the pod, or the name of a container port."""
    name: str
    protocol: str
    """Lower case, as :func:`protocol_of` tells."""
    path: FieldPath

    @property
    def has_routes(self) -> bool:
        """Whether istiod sends proxyless clients routes for this port: HTTP family or undeclared.

        Source: ``IsHTTPOrSniffed`` in istiod's ``BuildSidecarVirtualHostWrapper``.
        """
        return self.protocol in _HTTP


def protocol_of(number: int, name: str, app_protocol: str | None = None, transport: str = "TCP") -> str:
    """The protocol that istiod takes a port for; ``appProtocol`` beats the name's prefix.

    Source: ``ConvertProtocol`` in ``pkg/config/kube/conversion.go``.
    """
    if transport == "UDP":
        return "udp"
    word = (name if app_protocol is None else app_protocol).lower()
    if app_protocol is not None and word in _KUBERNETES:
        return _KUBERNETES[word]
    if word.startswith("grpc-web"):
        return "grpc-web"
    prefix = word.partition("-")[0]
    if prefix in _KNOWN:
        return prefix
    return "tcp" if number in _NEVER_GUESSED else UNDECLARED


@kept
def ports_of(service: Resource) -> tuple[ServicePort, ...]:
    """Ports of a Service; entries without a number are left out."""
    found = []
    for index, entry in enumerate(sequence(service.spec.get("ports"))):
        port = mapping(entry)
        number = port.get("port")
        if not isinstance(number, int):
            continue
        app_protocol = port.get("appProtocol")
        protocol = protocol_of(
            number,
            str(port.get("name") or ""),
            None if app_protocol is None else str(app_protocol),
            str(port.get("protocol") or "TCP"),
        )
        written = port.get("targetPort")
        target = written if written and isinstance(written, int | str) else number
        found.append(ServicePort(number, target, str(port.get("name") or ""), protocol, ("spec", "ports", index)))
    return tuple(found)


@kept
def entry_ports(entry: Resource) -> tuple[ServicePort, ...]:
    """Ports of a ServiceEntry; its protocol is the word itself, without a prefix rule. Entries without a number are left out."""
    found = []
    for index, item in enumerate(sequence(entry.spec.get("ports"))):
        port = mapping(item)
        number, target = port.get("number"), port.get("targetPort")
        if not isinstance(number, int):
            continue
        word = str(port.get("protocol") or "").lower()
        protocol = word if word in (*_KNOWN, "grpc-web") else UNDECLARED
        reached = target if isinstance(target, int) and target else number
        found.append(ServicePort(number, reached, str(port.get("name") or ""), protocol, ("spec", "ports", index)))
    return tuple(found)


@kept
def grpc_ports(service: Resource) -> tuple[ServicePort, ...]:
    """Ports that a gRPC client calls: those declared gRPC, else all that may carry it."""
    ports = ports_of(service)
    return tuple(port for port in ports if port.protocol == "grpc") or tuple(port for port in ports if port.has_routes)


def selector_of(service: Resource) -> dict[str, object]:
    """``spec.selector``, empty where the Service selects nothing by itself."""
    return mapping(service.spec.get("selector"))


def is_selected(service: Resource, workload: Workload) -> bool:
    """Whether a Service selects a workload's pods; one without a selector selects none."""
    wanted = selector_of(service)
    return bool(wanted) and service.namespace == workload.namespace and selects(wanted, workload.labels)


def workloads_of(service: Resource, workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    """Workloads behind a Service."""
    return tuple(workload for workload in workloads if is_selected(service, workload))


@kept
def container_ports(workload: Workload) -> dict[int, tuple[str, FieldPath]]:
    """Declared container ports of the app containers: number to name and path."""
    found: dict[int, tuple[str, FieldPath]] = {}
    for container in workload.pod.apps:
        for position, entry in enumerate(sequence(container.raw.get("ports"))):
            number = mapping(entry).get("containerPort")
            if isinstance(number, int):
                path = (*container.path, "ports", position, "containerPort")
                found.setdefault(number, (str(mapping(entry).get("name") or ""), path))
    return found


def target_on(port: ServicePort, workload: Workload) -> int | None:
    """The port that a Service port reaches on a workload; None where it names a container port that is not there."""
    if isinstance(port.target, int):
        return port.target
    if (number := whole(port.target)) is not None:
        return number
    return next((number for number, (name, _) in container_ports(workload).items() if name == port.target), None)


def host_of(service: Resource, domain: str = "cluster.local") -> str:
    """The full host name of a Service."""
    return f"{service.name}.{service.namespace}.svc.{domain}"


def is_headless(service: Resource) -> bool:
    """Whether the Service has no cluster address."""
    return service.spec.get("clusterIP") == "None"
