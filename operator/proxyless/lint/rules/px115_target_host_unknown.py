"""PX115: a target that is no Service and no ServiceEntry never resolves."""

from collections.abc import Iterator

from proxyless.lint.destinations import entries_by_host, services_by_host, services_by_name
from proxyless.lint.gates import dials
from proxyless.lint.not_known import NotKnown
from proxyless.lint.pods import is_placeholder
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.host import service_of
from proxyless.mesh.service import host_of
from proxyless.mesh.workload import dialed
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target whose Service does not exist, as far as Services are known."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    unknown = ""
    for target, path in dialed(workload).items():
        called = dialed_host(target, workload.namespace, world.settings.domain)
        service = service_of(called.host, world.settings.domain)
        if (
            is_placeholder(target)
            or service is None
            or called.host in services_by_host(world)
            or called.host in entries_by_host(world)
        ):
            continue
        if world.complete("Service"):
            yield Hit(
                path,
                f"There is no Service {service.name} in namespace {service.namespace}: xds:///{target} never resolves.",
            )
        elif world.knows("Service", service.namespace):
            message = f"No Service {service.name} is given for namespace {service.namespace}: without one xds:///{target} never resolves."
            yield Hit(path, message, applies=f"the cluster has no Service {service.namespace}/{service.name} either")
        elif (meant := _meant(target, service.name, world)) is not None:
            full = f"xds:///{host_of(meant, world.settings.domain)}:{called.port}"
            yield Hit(
                path,
                f"xds:///{target} means a Service of the own namespace {service.namespace}, not {meant.ref}: without Service "
                f"{service.namespace}/{service.name} it never resolves.",
                f"Write `{full}`.",
                applies=f"the cluster has no Service {service.namespace}/{service.name}",
                related=(meant.ref,),
            )
        else:
            unknown = service.namespace
    if unknown:
        raise NotKnown("Service", unknown)


def _meant(target: str, name: str, world: World) -> Resource | None:
    """The Service of another namespace that a short name may be meant for."""
    short, _, port = target.rpartition(":")
    if not short or "." in short or not port.isdecimal():
        return None
    return next(iter(services_by_name(world).get(name)), None)


RULE = Rule(
    code="PX115",
    slug="target-host-unknown",
    summary="An xds:/// target names a Service that does not exist.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=dials,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Create the Service, or correct the name; istiod knows no host without a Service or ServiceEntry.",
    evidence=("matrix istio DialTarget xds:///", "failure mode C1"),
    reads=("Service", "ServiceEntry"),
)
