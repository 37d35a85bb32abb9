"""PX207: a DestinationRule for a host of the cluster that no Service and no ServiceEntry has."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import entries_by_host, host_of_rule, services_by_host, services_by_name
from proxyless.lint.gates import lacks_service
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the host's namespace has Services, but not this one, nor any other namespace by that name."""
    host = host_of_rule(subject, world)
    home = service_of(host, world.settings.domain)
    if home is None or has_grpc_clients(world, subject.namespace, home.namespace) is Truth.NO:
        return
    if host in services_by_host(world) or not world.knows("Service", home.namespace):
        return
    if home.namespace == world.settings.root_namespace and not world.complete("Service"):
        return  # Istio's own Services come from its installer, not from the files of those who use it
    if "." not in str(subject.spec.get("host")) and home.name in services_by_name(world):
        return
    if host in entries_by_host(world):
        return
    near = [service.name for service in world.seen("Service", home.namespace) if _alike(service.name, home.name)]
    yield Hit(
        ("spec", "host"),
        f"Namespace {home.namespace} has no Service {home.name}: this rule is for nothing.",
        f"Write `host: {host.replace(home.name, near[0], 1)}`." if near else "",
        applies="" if world.complete("Service") else "no other Service has this name",
        deny=False,
    )


def _alike(one: str, other: str) -> bool:
    """Whether two names differ in little: case and dashes, one inside the other, or one letter."""
    first, second = (name.lower().replace("-", "") for name in (one, other))
    if first in second or second in first:
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    return any(longer[:i] + longer[i + 1 :] in (shorter, shorter[:i] + shorter[i + 1 :]) for i in range(len(longer)))


RULE = Rule(
    code="PX207",
    slug="host-without-service",
    summary="A DestinationRule is for a Service that does not exist.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    gate=lacks_service,
    check=check,
    by_value=True,
    remedy="Write the name of an existing Service, or delete the rule.",
    evidence=("istio pilot/pkg/networking/grpcgen/cds.go: did not find service for cluster",),
    reads=("Service", "ServiceEntry"),
)
