"""Endpoints of a host's port: what istiod sends for it before a subset's labels narrow it. Pure; used by ``client``.

EndpointSlices where a Service has some, else the pods that it selects; WorkloadEntries; endpoints of ServiceEntries.
Source: istiod's ``pilot/pkg/serviceregistry/kube/controller/endpointslice.go``, ``serviceentry/conversion.go``,
``BuildClusterLoadAssignment`` in ``pilot/pkg/xds/endpoints/endpoint_builder.go``.
"""

import ipaddress
from collections.abc import Iterator, Mapping

from proxyless.mesh.effective.registry import Registered, Registry
from proxyless.mesh.effective.visibility import NOBODY
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.selector import selects
from proxyless.mesh.service import ServicePort, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence

_LOCALITY = "istio-locality"


class Endpoint(NamedTuple):
    """One address that calls may go to."""

    address: str
    """IP address; empty where it is not known, as for a Deployment in a file."""
    port: int
    labels: Mapping[str, object]
    source: Resource
    """What makes it: an EndpointSlice, WorkloadEntry, ServiceEntry, Pod or an owner of pods."""
    path: FieldPath = ()
    workload: Workload | None = None
    """The pod or its owner, where known."""
    locality: str = ""
    """``region/zone/subzone`` as far as known."""

    def __str__(self) -> str:
        place = self.address or f"{self.source.kind.lower()}/{self.source.name}"
        return f"{place}:{self.port}"


class Endpoints(NamedTuple):
    """All endpoints of one port of a host."""

    items: tuple[Endpoint, ...]
    unknown: str = ""
    """What would have to be known; empty: nothing, these are all."""

    def of_subset(self, labels: Mapping[str, object]) -> "Endpoints":
        """Those that have a subset's labels."""
        return Endpoints(tuple(item for item in self.items if selects(labels, item.labels)), self.unknown)


def endpoints_of(item: Registered, port: ServicePort, registry: Registry, workloads: Workloads) -> Endpoints:
    """Endpoints of one port of a host: of everything that registers the host in that namespace."""
    if item.resolution.startswith(("DNS", "DYNAMIC")):
        return Endpoints(())  # whatever else registers the host: the client finds one that gRPC is sent no endpoints of
    found: list[Endpoint] = []
    unknown = ""
    for other in registry.of(item.host):
        if other.namespace != item.namespace:
            continue
        if other.is_kubernetes:
            more = _of_service(other, port, workloads)
        else:
            more = Endpoints(tuple(_of_entry(other, port, workloads)), "")
        found += more.items
        unknown = unknown or more.unknown
    if NOBODY in item.export and item.is_kubernetes:
        unknown = (
            unknown or f"changes of {item.resource.ref}: it is exported to nobody, so istiod does not follow its pods"
        )
    return Endpoints(tuple(_unique(found)), unknown)


def _unique(found: list[Endpoint]) -> Iterator[Endpoint]:
    told: set[object] = set()
    for item in found:
        key = (item.address or item.source.ref, item.port)
        if key not in told:
            told.add(key)
            yield item


# -- Services ---------------------------------------------------------------------------------------------------


def _of_service(item: Registered, port: ServicePort, workloads: Workloads) -> Endpoints:
    entry = item.port(port.number) or port
    slices = workloads.slices(item.resource)
    unknown = ""
    if slices or workloads.knows("EndpointSlice", item.namespace):
        found = [endpoint for slice_ in slices for endpoint in _of_slice(slice_, entry, workloads)]
    else:
        found = list(_of_pods(item, entry, workloads))
        if not found and not workloads.knows_pods(item.namespace):
            unknown = f"pods of {item.resource.ref}" if item.selector else f"EndpointSlices of {item.resource.ref}"
    if item.resolution == "STATIC" and item.selector:
        found += of_workload_entries(item, entry, workloads)
    return Endpoints(tuple(found), unknown)


def _of_slice(slice_: Resource, port: ServicePort, workloads: Workloads) -> Iterator[Endpoint]:
    if slice_.body.get("addressType") == "FQDN":
        return
    numbers = [
        mapping(entry).get("port")
        for entry in sequence(slice_.body.get("ports"))
        if str(mapping(entry).get("name") or "") == port.name
    ]
    for index, entry in enumerate(map(mapping, sequence(slice_.body.get("endpoints")))):
        if mapping(entry.get("conditions")).get("ready") is False:
            continue
        pod = workloads.pod(slice_.namespace, mapping(entry.get("targetRef")))
        for address in map(str, sequence(entry.get("addresses"))):
            for number in numbers:
                if isinstance(number, int):
                    yield Endpoint(
                        address, number, pod.labels if pod else {}, slice_, ("endpoints", index), pod, _zone(entry)
                    )


def _zone(entry: Mapping[str, object]) -> str:
    return f"/{entry['zone']}" if entry.get("zone") else ""


def _of_pods(item: Registered, port: ServicePort, workloads: Workloads) -> Iterator[Endpoint]:
    for workload in workloads.selected(item.namespace, item.selector):
        number = target_on(port, workload)
        if number is not None:
            yield Endpoint(workloads.address(workload), number, workload.labels, workload.resource, (), workload)


def of_workload_entries(item: Registered, port: ServicePort, workloads: Workloads) -> Iterator[Endpoint]:
    """Endpoints of a Service's port that come from WorkloadEntries."""
    for entry in workloads.entries(item.namespace, item.selector):
        ports = mapping(entry.spec.get("ports"))
        number = ports.get(port.target if isinstance(port.target, str) else port.name)
        if not number and isinstance(port.target, str):
            continue
        yield from _of_workload_entry(entry, entry.spec, number or port.target, ("spec",))


# -- ServiceEntries ---------------------------------------------------------------------------------------------


def _of_entry(item: Registered, port: ServicePort, workloads: Workloads) -> Iterator[Endpoint]:
    """Of a ServiceEntry, by the name of the port, whatever its number; one that resolves by DNS gives gRPC none at all."""
    own = next((entry for entry in item.ports if entry.name == port.name), None)
    if own is None or item.resolution.startswith(("DNS", "DYNAMIC")):
        return
    entry = item.resource
    if not isinstance(entry.spec.get("workloadSelector"), dict):
        for index, written in enumerate(map(mapping, sequence(entry.spec.get("endpoints")))):
            number = mapping(written.get("ports")).get(own.name) or own.target
            yield from _of_workload_entry(entry, written, number, ("spec", "endpoints", index))
        return
    for workload in workloads.selected(item.namespace, item.selector):
        address = workloads.address(workload)
        target = own.target if isinstance(own.target, int) else own.number
        yield Endpoint(address, target, workload.labels, workload.resource, (), workload)
    for selected in workloads.entries(item.namespace, item.selector):
        number = mapping(selected.spec.get("ports")).get(own.name) or own.target
        yield from _of_workload_entry(selected, selected.spec, number, ("spec",))


def _of_workload_entry(
    source: Resource, written: Mapping[str, object], port: object, path: FieldPath
) -> Iterator[Endpoint]:
    address = str(written.get("address") or "")
    if isinstance(port, int) and _is_ip(address):
        labels = mapping(written.get("labels"))
        locality = str(written.get("locality") or labels.get(_LOCALITY) or "")
        yield Endpoint(address, port, labels, source, path, None, locality)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
