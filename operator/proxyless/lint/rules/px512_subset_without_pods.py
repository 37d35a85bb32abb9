"""PX512: a subset whose labels no pod has gets no endpoints, and its share of the calls fails."""

from collections.abc import Iterator, Mapping

from proxyless.lint.commands import label_pods
from proxyless.lint.destinations import caller_condition, entries_by_host, host_of_rule, services_by_host
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.selected import with_labels
from proxyless.lint.servers import workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.selector import selects
from proxyless.mesh.service import selector_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per subset that selects no known workload of the host's Service."""
    subsets = sequence(subject.spec.get("subsets"))
    if not subsets:
        return
    host = host_of_rule(subject, world)
    behind = service_of(host, world.settings.domain)
    service = services_by_host(world).get(host)
    if behind is None or (service is not None and not selector_of(service)) or host in entries_by_host(world):
        return
    known = world.workloads_in(behind.namespace)
    empty = [
        (index, mapping(entry))
        for index, entry in enumerate(subsets)
        if (labels := mapping(mapping(entry).get("labels"))) and not _has_pods(world, behind.namespace, service, labels)
    ]
    if (known and not empty) or caller_condition(subject, world) is None:
        return
    if not known:
        raise NotKnown("Deployment", behind.namespace)
    only = workloads_behind(world, service) if service is not None else ()
    for index, entry in empty:
        labels = mapping(entry.get("labels"))
        shown = ", ".join(f"{key}={value}" for key, value in labels.items())
        yield Hit(
            ("spec", "subsets", index, "labels"),
            f"No workload behind {behind.namespace}/{behind.name} has {shown}: calls to subset {entry.get('name')} fail with UNAVAILABLE.",
            applies="" if world.complete("Deployment") else "no other workload has these labels",
            command=label_pods(only[0], labels) if len(only) == 1 else "",
        )


def _has_pods(world: World, namespace: str, service: Resource | None, labels: Mapping[str, object]) -> bool:
    """Whether a workload has a subset's labels, and those of the Service's selector that the subset does not replace."""
    wanted = selector_of(service) if service is not None else {}
    if service is not None and all(wanted.get(key, value) == value for key, value in labels.items()):
        return any(selects(labels, item.labels) for item in workloads_behind(world, service))
    return bool(with_labels(world, namespace, {**wanted, **labels}))


RULE = Rule(
    code="PX512",
    slug="subset-without-pods",
    summary="A subset of a DestinationRule selects no pods.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    by_value=True,
    needs=("subsets",),
    remedy="Put the labels on the pod template, or correct the subset.",
    evidence=("failure mode E2",),
    reads=("Service", "ServiceEntry", "Deployment"),
)
