"""PX204: gRPC clients get endpoints over EDS, and EDS has none for a ServiceEntry that resolves by DNS or not at all."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import dialing
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth

_WITHOUT = {
    "DNS": "EDS has no endpoints for names that are to be resolved by DNS",
    "DNS_ROUND_ROBIN": "EDS has no endpoints for names that are to be resolved by DNS",
    "DYNAMIC_DNS": "EDS has no endpoints for names that are to be resolved by DNS",
    "NONE": "EDS has no endpoints without resolution",
}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field that leaves a gRPC client without endpoints or without a listener."""
    if has_grpc_clients(world, subject.namespace) is Truth.NO:
        return
    hosts = [str(host) for host in sequence(subject.spec.get("hosts"))]
    callers = tuple(workload.ref for host in hosts for workload in dialing(world).get(host))
    protocols = {str(mapping(port).get("protocol", "")).upper() for port in sequence(subject.spec.get("ports"))}
    if not callers and "GRPC" not in protocols:
        return
    condition = "" if callers else f"a proxyless client dials xds:///{hosts[0] if hosts else '...'}"
    for path, message, remedy in _harms(subject):
        yield Hit(path, message, remedy, applies=condition, related=callers, deny=False)


def _harms(subject: Resource) -> Iterator[tuple[FieldPath, str, str]]:
    resolution = str(subject.spec.get("resolution") or "NONE")
    selected = bool(subject.spec.get("workloadSelector"))
    if resolution in _WITHOUT and not (resolution == "NONE" and selected):
        message = f"Resolution {resolution}: {_WITHOUT[resolution]}, and calls of gRPC clients fail with UNAVAILABLE."
        yield ("spec", "resolution"), message, ""
    for index, entry in enumerate(sequence(subject.spec.get("endpoints"))):
        address = str(mapping(entry).get("address", ""))
        if resolution == "STATIC" and address and not _is_address(address):
            message = f"{address} is no IP address: gRPC clients do not get this endpoint."
            yield ("spec", "endpoints", index, "address"), message, "Write the IP address."
    for index, host in enumerate(sequence(subject.spec.get("hosts"))):
        if "*" in str(host):
            message = (
                f"xds:/// targets match {host} by letter only: a client that dials a name under it finds no listener."
            )
            yield ("spec", "hosts", index), message, "List each host that clients dial."


def _is_address(text: str) -> bool:
    import ipaddress  # noqa: PLC0415  most runs never need it

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


RULE = Rule(
    code="PX204",
    slug="service-entry-resolution",
    summary="A ServiceEntry gives gRPC clients no endpoints.",
    severity=Severity.ERROR,
    kinds=("ServiceEntry",),
    check=check,
    by_value=True,
    remedy="Write `resolution: STATIC` with IP addresses, or a workloadSelector; or dial the host with `dns:///`, outside the mesh.",
    evidence=(
        "matrix istio ServiceEntry spec.resolution",
        "matrix istio ServiceEntry spec.endpoints[].address",
        "matrix istio ServiceEntry spec.hosts[]",
    ),
)
