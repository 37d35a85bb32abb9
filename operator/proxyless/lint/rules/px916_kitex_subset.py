"""PX916: a route for Kitex servers goes to a subset that nobody defines, or that no pod is in: its calls fail."""

from collections.abc import Iterator

from proxyless.lint.destinations import destination_rules, services_by_host
from proxyless.lint.frameworks import frameworks_known, served_by
from proxyless.lint.not_known import NotKnown
from proxyless.lint.routes import binds_mesh, mesh_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.selector import selects
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination with such a subset; where gRPC clients follow the route, PX511 and PX512 tell of it."""
    if not frameworks_known(world) or not binds_mesh(subject) or reaches_clients(subject, world):
        return
    known = services_by_host(world)
    for path, _ in mesh_routes(subject):
        for here, entry in weighted(subject, path):
            destination = mapping(entry.get("destination"))
            host = world.fqdn(str(destination.get("host", "")), subject.namespace)
            service = known.get(host)
            name = destination.get("subset")
            if service is not None and isinstance(name, str) and served_by(world, service, Framework.KITEX):
                yield from _judge((*here, "destination", "subset"), host, name, service, world)


def _judge(path: FieldPath, host: str, name: str, service: Resource, world: World) -> Iterator[Hit]:
    home = service.namespace
    answers = destination_rules(world, host).answers(host, service_namespace=home, client_namespace=home)
    if not answers:
        if not world.knows("DestinationRule", home):
            raise NotKnown("DestinationRule", home)
        doubt = (
            "" if world.complete("DestinationRule") else f"none in the cluster defines subset {name} of {host} either"
        )
        yield Hit(path, f"No DestinationRule of {host} defines subset {name}: Kitex finds no instance.", applies=doubt)
        return
    rule = answers[0].rule.rules[0]
    subset = answers[0].rule.subset(name)
    if subset is None:
        names = ", ".join(item.name for item in answers[0].rule.subsets) or "none"
        message = f"{rule.ref} has no subset {name} (it has {names}): Kitex finds no instance."
        yield Hit(path, message, related=(rule.ref,))
        return
    if not any(selects(subset.labels, item.labels) for item in served_by(world, service, Framework.KITEX)):
        shown = ", ".join(f"{key}={value}" for key, value in subset.labels.items())
        yield Hit(
            path,
            f"No workload behind {service.ref} has {shown}, which subset {name} of {rule.ref} selects: Kitex finds no instance.",
            severity=Severity.WARNING,
            applies="" if world.complete("Deployment") else "no other workload has these labels",
            related=(rule.ref,),
        )


RULE = Rule(
    code="PX916",
    slug="kitex-subset",
    summary="A route for Kitex servers goes to a subset that is not defined or has no pods.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    check=check,
    needs=("subset",),
    frameworks=(Framework.KITEX,),
    remedy="Define the subset in the DestinationRule of the host, and put its labels on pods, or remove it from the route.",
    evidence=("matrix frameworks framework.subsets", "https://github.com/cloudwego/kitex/issues/1130"),
    reads=("Service", "DestinationRule", "Deployment"),
)
