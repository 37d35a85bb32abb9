"""PX205: gRPC clients balance over all pods of a headless Service, and cannot reach one pod by its name."""

from collections.abc import Iterator

from proxyless.lint.destinations import dialing
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, named
from proxyless.lint.world import World
from proxyless.mesh.service import host_of, is_headless, is_selected, selector_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per headless Service that is the only one of proxyless servers, or whose single pods are dialed."""
    if not is_headless(subject):
        return
    host = host_of(subject, world.settings.domain)
    dialed = dialing(world)
    single = {name: dialed.get(name) for name in sorted(dialed) if name.endswith(f".{host}")}
    for name, workloads in single.items():
        yield Hit(
            ("spec", "clusterIP"),
            f"{named(workloads)} dials xds:///{name}: istiod has no listener for single pods, and calls fail.",
            "Give each pod a Service of its own, with the label statefulset.kubernetes.io/pod-name as selector.",
            severity=Severity.ERROR,
            related=tuple(workload.ref for workload in workloads),
            deny=False,
        )
    servers = grpc_workloads(world, subject.namespace, selector_of(subject)) if selector_of(subject) else ()
    if _governs(subject, world):
        return  # a StatefulSet needs it headless
    others = [item for item in world.seen("Service", subject.namespace) if not is_headless(item)]
    alone = [item for item in servers if not any(is_selected(other, item) for other in others)]
    if alone and not single:
        message = f"gRPC clients get one balanced set of all pods of {named(alone)}; a single pod has no name that they could dial."
        yield Hit(("spec", "clusterIP"), message)


def _governs(service: Resource, world: World) -> bool:
    """Whether a StatefulSet names the Service, which gives its pods their names in DNS."""
    sets = world.seen("StatefulSet", service.namespace)
    return any(item.spec.get("serviceName") == service.name for item in sets)


RULE = Rule(
    code="PX205",
    slug="headless-service",
    summary="A headless Service gives gRPC clients balancing over all pods, never a single pod.",
    severity=Severity.WARNING,
    kinds=("Service",),
    check=check,
    needs=("clusterIP",),
    remedy="Leave out `clusterIP: None` where calls may go to any pod; give pods that are called by name a Service each.",
    evidence=("matrix istio Service spec.clusterIP None", "istio/istio issue 38927"),
)
