"""PX512: a subset whose labels no pod has gets no endpoints, and its share of the calls fails."""

from collections.abc import Iterator

from proxyless.lint.commands import label_pods
from proxyless.lint.destinations import caller_condition, host_of_rule, services_by_host
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.selected import with_labels
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.service import selector_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per subset that selects no known workload of the host's Service."""
    subsets = sequence(subject.spec.get("subsets"))
    if not subsets or caller_condition(subject, world) is None:
        return
    host = host_of_rule(subject, world)
    behind = service_of(host, world.settings.domain)
    service = services_by_host(world).get(host)
    if behind is None or (service is not None and not selector_of(service)) or host in _entries(world):
        return
    if not world.workloads_in(behind.namespace):
        raise NotKnown("Deployment", behind.namespace)
    wanted = selector_of(service) if service is not None else {}
    only = with_labels(world, behind.namespace, wanted) if wanted else ()
    for index, entry in enumerate(subsets):
        labels = mapping(mapping(entry).get("labels"))
        if labels and not with_labels(world, behind.namespace, {**wanted, **labels}):
            shown = ", ".join(f"{key}={value}" for key, value in labels.items())
            yield Hit(
                ("spec", "subsets", index, "labels"),
                f"No workload behind {behind.namespace}/{behind.name} has {shown}: calls to subset {mapping(entry).get('name')} fail with UNAVAILABLE.",
                applies="" if world.complete("Deployment") else "no other workload has these labels",
                command=label_pods(only[0], labels) if len(only) == 1 else "",
            )


def _entries(world: World) -> frozenset[str]:
    """Hosts of ServiceEntries, whose endpoints may be no pods."""
    world.seen("ServiceEntry")
    return world.once(_entry_hosts)


def _entry_hosts(world: World) -> frozenset[str]:
    return frozenset(str(host) for entry in world.seen("ServiceEntry") for host in sequence(entry.spec.get("hosts")))


RULE = Rule(
    code="PX512",
    slug="subset-without-pods",
    summary="A subset of a DestinationRule selects no pods.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=("subsets",),
    remedy="Put the labels on the pod template, or correct the subset.",
    evidence=("failure mode E2",),
    reads=("Service", "ServiceEntry", "Deployment"),
)
