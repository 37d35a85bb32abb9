"""PX616: ports of an AuthorizationPolicy are those that the server listens on; a Service's own port there matches no call."""

from collections.abc import Iterator

from proxyless.lint.authorization import RequestCondition, action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, services_before
from proxyless.lint.world import World
from proxyless.mesh.selector import match_labels
from proxyless.mesh.service import container_ports, ports_of, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.fix import Fix, Put
from proxyless.model.path import get
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, sequence
from proxyless.model.scalar import whole

_KEY = "destination.port"


class _Meant(NamedTuple):
    """A Service port that a policy names, and where the server listens in its place."""

    written: int
    target: int
    service: Resource
    workload: Workload


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition on ports of which none is a port that a selected server listens on, but one is a Service's."""
    named = [item for item in conditions(subject) if item.name == (_KEY if item.is_when else "ports")]
    if not named or action_of(subject) not in ("ALLOW", "DENY") or reaching(subject, world) is None:
        return
    servers = grpc_workloads(world, subject.namespace, match_labels(subject))
    for item in named:
        numbers = [number for value in item.values if (number := whole(value)) is not None]
        meant = _meant(world, servers, numbers)
        if meant is not None:
            yield _hit(subject, item, meant)


def _meant(world: World, servers: tuple[Workload, ...], numbers: list[int]) -> _Meant | None:
    found: _Meant | None = None
    for workload in servers:
        if not container_ports(workload).keys().isdisjoint(numbers):
            return None
        for service in services_before(world, workload):
            for port in ports_of(service):
                target = target_on(port, workload)
                if target in numbers:
                    return None
                if target is not None and port.number in numbers:
                    found = found or _Meant(port.number, target, service, workload)
    return found


def _hit(subject: Resource, item: RequestCondition, meant: _Meant) -> Hit:
    return Hit(
        item.path,
        f"{meant.written} is the port of {meant.service.ref}, but {meant.workload.ref} listens on {meant.target}: "
        f"the condition {never(subject, item)}.",
        f'Write the port that the server listens on, `"{meant.target}"`, instead of `"{meant.written}"`.',
        related=(meant.service.ref, meant.workload.ref),
        deny=False,
        fix=_fix(subject, item, meant),
    )


def _fix(policy: Resource, item: RequestCondition, meant: _Meant) -> Fix:
    name = "notValues" if item.negated else "values"
    path = (*item.path[:-1], name) if item.is_when else item.path
    listed = enumerate(sequence(get(policy.body, path)))
    return Fix(
        tuple(Put((*path, at), str(meant.target)) for at, text in listed if whole(text) == meant.written), safe=True
    )


RULE = Rule(
    code="PX616",
    slug="policy-service-port",
    summary="A policy names the port of a Service where the server listens on another one.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    by_value=True,
    needs=("ports", "notPorts", "when"),
    remedy="Write the port that the server listens on (the Service's targetPort).",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].to[].operation.ports[]",
        "istio pilot/pkg/security/authz/model/generator.go destPortGenerator: the port of the listener",
    ),
    reads=("Service",),
    fixes=("safe",),
)
