"""PX512: a subset whose labels no endpoint has gets no calls through, and its share of them fails."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from proxyless.lint.destinations import caller_condition, entries_by_host, host_of_rule, services_by_host
from proxyless.lint.in_effect import mesh_of
from proxyless.lint.not_known import NotKnown
from proxyless.lint.remedy_commands import label_pods
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import workloads_behind
from proxyless.lint.workload_lookup import with_labels
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.selector import selects
from proxyless.mesh.service import selector_of
from proxyless.model.finding import Severity
from proxyless.model.memory import for_key
from proxyless.model.resource import Resource, mapping, sequence

if TYPE_CHECKING:
    from proxyless.mesh.effective.endpoints import Endpoint

_Subset = tuple[int, dict[str, object]]
"""Its place in the list and the entry."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per subset that selects no known endpoint of the host."""
    found = [
        (index, mapping(entry))
        for index, entry in enumerate(sequence(subject.spec.get("subsets")))
        if mapping(mapping(entry).get("labels"))
    ]
    if not found:
        return
    host = host_of_rule(subject, world)
    service = services_by_host(world).get(host)
    if host in entries_by_host(world) or (service is not None and not selector_of(service)):
        yield from _by_endpoints(subject, host, found, world)
    elif service_of(host, world.settings.domain) is not None:
        yield from _by_pods(subject, host, found, world)


def _by_endpoints(subject: Resource, host: str, subsets: list[_Subset], world: World) -> Iterator[Hit]:
    """Of a host whose endpoints are not only pods: those that are given must have the labels, if any is."""
    endpoints = _endpoints(host, world)
    empty = [item for item in subsets if not _has_endpoint(endpoints, item)]
    if not endpoints or not empty or caller_condition(subject, world) is None:
        return
    for index, entry in empty:
        yield Hit(
            ("spec", "subsets", index, "labels"),
            f"No endpoint of {host} has {_shown(entry)}: calls to subset {entry.get('name')} fail with UNAVAILABLE.",
            "Give the endpoints these labels, or correct the subset.",
            applies="" if world.complete("WorkloadEntry") else "no other endpoint has these labels",
        )


def _by_pods(subject: Resource, host: str, subsets: list[_Subset], world: World) -> Iterator[Hit]:
    """Of a Service that selects pods, or of one that is not given: WorkloadEntries that it selects count as well."""
    service, behind = services_by_host(world).get(host), service_of(host, world.settings.domain)
    namespace = behind.namespace if behind else ""
    known = world.workloads_in(namespace)
    empty = [
        (index, entry)
        for index, entry in subsets
        if not _has_pods(world, namespace, service, mapping(entry.get("labels")))
    ]
    if empty:
        empty = [item for item in empty if not _has_endpoint(_endpoints(host, world), item)]
    if (known and not empty) or caller_condition(subject, world) is None:
        return
    if not known:
        raise NotKnown("Deployment", namespace)
    only = workloads_behind(world, service) if service is not None else ()
    for index, entry in empty:
        yield Hit(
            ("spec", "subsets", index, "labels"),
            f"No workload behind {namespace}/{behind.name if behind else host} has {_shown(entry)}: calls to subset "
            f"{entry.get('name')} fail with UNAVAILABLE.",
            applies="" if world.complete("Deployment") else "no other workload has these labels",
            command=label_pods(only[0], mapping(entry.get("labels"))) if len(only) == 1 else "",
        )


def _shown(entry: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in mapping(entry.get("labels")).items())


def _has_pods(world: World, namespace: str, service: Resource | None, labels: Mapping[str, object]) -> bool:
    """Whether a workload has a subset's labels, and those of the Service's selector that the subset does not replace."""
    wanted = selector_of(service) if service is not None else {}
    if service is not None and all(wanted.get(key, value) == value for key, value in labels.items()):
        return any(selects(labels, item.labels) for item in workloads_behind(world, service))
    return bool(with_labels(world, namespace, {**wanted, **labels}))


def _has_endpoint(endpoints: "tuple[Endpoint, ...]", subset: _Subset) -> bool:
    return any(selects(mapping(subset[1].get("labels")), item.labels) for item in endpoints)


@for_key
def _endpoints(host: str, world: World) -> "tuple[Endpoint, ...]":
    """All that istiod sends for a host, on whichever port."""
    from proxyless.mesh.effective.endpoints import endpoints_of  # noqa: PLC0415  most subsets have pods at a glance

    mesh = mesh_of(world)
    return tuple(
        endpoint
        for item in mesh.registry.of(host)
        for port in item.ports
        for endpoint in endpoints_of(item, port, mesh.registry, mesh.workloads).items
    )


RULE = Rule(
    code="PX512",
    slug="subset-without-pods",
    summary="A subset of a DestinationRule selects no endpoints.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    by_value=True,
    needs=("subsets",),
    remedy="Put the labels on the pod template, or correct the subset.",
    evidence=(
        "failure mode E2",
        "istio pilot/pkg/xds/endpoints/endpoint_builder.go: a subset's labels select endpoints",
    ),
    reads=("Service", "ServiceEntry", "Deployment", "WorkloadEntry", "EndpointSlice", "MeshConfig"),
)
