"""PX515: of several VirtualServices for one host only the oldest counts for clients inside the mesh."""

from collections.abc import Iterator

from proxyless.lint.routes import of_routes, reaches_clients, routes_by_host
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.age import age_order, ages_known
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per host that an older VirtualService has, or may have, already."""
    by_host = routes_by_host(world)
    for index, host in enumerate(sequence(subject.spec.get("hosts"))):
        full = world.fqdn(str(host), subject.namespace)
        named = by_host.get(full)
        if len(named) < 2:  # noqa: PLR2004
            continue
        rivals = [item for item in named if item.ref == subject.ref or _share_clients(item, subject)]
        if len(rivals) < 2:  # noqa: PLR2004
            continue
        oldest = min(rivals, key=age_order)
        others = tuple(item.ref for item in rivals if item.ref != subject.ref)
        if not ages_known(*rivals):
            message = f"{others[0]} is for host {full} too: only the one that is created first counts, the routes of the other do nothing."
            yield Hit(("spec", "hosts", index), message, related=others)
        elif oldest.ref != subject.ref:
            message = f"{oldest.ref} is for host {full} too and is older: the routes here do nothing for that host."
            yield Hit(("spec", "hosts", index), message, related=(oldest.ref,))


def _share_clients(one: Resource, other: Resource) -> bool:
    """Whether clients of some namespace see both."""
    first, second = _visible(one), _visible(other)
    return not first or not second or bool(first & second)


def _visible(item: Resource) -> frozenset[str]:
    """Namespaces that see a VirtualService; empty: all."""
    export = {str(name) for name in sequence(item.spec.get("exportTo"))}
    return frozenset() if "*" in export else frozenset(item.namespace if name == "." else name for name in export)


RULE = Rule(
    code="PX515",
    slug="several-virtual-services",
    summary="Several VirtualServices are for the same host, and only one counts inside the mesh.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    remedy="Merge them into one VirtualService, or let one delegate to the others.",
    evidence=("istio merges VirtualServices of one host at gateways only", "failure mode E15"),
    reads=("Service",),
)
