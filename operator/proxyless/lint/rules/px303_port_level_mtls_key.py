"""PX303: portLevelMtls names the port that the server listens on; a Service's own port number there does nothing."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.served_ports import ports_served
from proxyless.lint.servers import grpc_workloads, named, server_condition, services_before
from proxyless.lint.world import World
from proxyless.mesh.peer import is_for_workloads
from proxyless.mesh.selector import match_labels
from proxyless.mesh.service import container_ports, ports_of, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.fix import rename
from proxyless.model.resource import Resource, mapping
from proxyless.model.scalar import whole


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per key that is a Service's port, and one where no key can count."""
    ports = mapping(subject.spec.get("portLevelMtls"))
    condition = server_condition(subject, world) if ports else None
    if condition is None:
        return
    if not is_for_workloads(subject):
        message = "portLevelMtls counts only in a policy with a selector; here it has no effect, and the API server refuses it."
        yield Hit(("spec", "portLevelMtls"), message, "Write `selector: {matchLabels: ...}`.", applies=condition)
        return
    if subject.namespace == world.settings.root_namespace:
        message = "A policy with a selector in the root namespace is never used."
        remedy = "Create it in the namespace of the workloads."
        yield Hit(("spec", "selector"), message, remedy, applies=condition)
        return
    workloads = grpc_workloads(world, subject.namespace, match_labels(subject))
    for key in ports:
        if whole(str(key)) is not None:
            yield from _key(str(key), workloads, world)


def _key(key: str, workloads: tuple[Workload, ...], world: World) -> Iterator[Hit]:
    number = int(key)
    if any(number in container_ports(workload) for workload in workloads):
        return
    reached = [
        (service, workload, port.number, target_on(port, workload))
        for workload in workloads
        for service in services_before(world, workload)
        for port in ports_of(service)
    ]
    if any(target == number for *_, target in reached):
        return
    path = ("spec", "portLevelMtls", key)
    for service, workload, written, target in reached:
        if written == number and target is not None:
            yield Hit(
                path,
                f"{key} is the port of {service.ref}, but {workload.ref} listens on {target}: this mode has no effect.",
                f'Write the port that the server listens on, `"{target}"`, instead of `"{key}"`.',
                related=(service.ref, workload.ref),
                fix=rename(path, str(target), safe=True),
            )
            return
    served = [ports_served(world, workload) for workload in workloads]
    if served and all(served):
        ports = ", ".join(map(str, sorted(frozenset().union(*served))))
        yield Hit(
            path,
            f"No known server listens on {key}, {named(workloads)} serves {ports}: this mode has no effect.",
            applies="" if world.complete("Service") else f"no other Service leads to port {key}",
            related=tuple(workload.ref for workload in workloads),
        )


RULE = Rule(
    code="PX303",
    slug="port-level-mtls-key",
    summary="An entry of portLevelMtls names a port on which no selected server listens.",
    severity=Severity.WARNING,
    kinds=("PeerAuthentication",),
    check=check,
    remedy="Write the port that the server listens on (the Service's targetPort).",
    evidence=("matrix istio PeerAuthentication spec.portLevelMtls",),
    reads=("Service",),
    fixes=("safe",),
)
