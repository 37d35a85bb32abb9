"""PX805: a bootstrap of the pod's own that leads to istiod, and that istiod or the library cannot work with."""

from collections.abc import Iterator

from proxyless.lint.bootstrap_faults import BootstrapFault, credentials, generator, provider, server_template
from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.bootstrap import Bootstrap, bootstrap
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Ref, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per thing that is wrong in a bootstrap whose text is known."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    for container in workload.pod.apps:
        found = bootstrap(container)
        if found is None or found.text is None:
            continue
        if found.content is None:
            yield _hit(
                workload, found, "is no JSON mapping: no channel of the scheme xds can be made", "Write it as JSON."
            )
        elif found.plane == "istiod":
            serves = bool(world.application_of(workload).serves)
            for fault in _faults(found, serves=serves):
                yield _hit(workload, found, fault.said, fault.remedy, fault.severity, fault.applies)


def _faults(found: Bootstrap, *, serves: bool) -> Iterator[BootstrapFault]:
    """Those that stop calls; ``proxyless bootstrap`` tells of all."""
    content = found.content or {}
    yield from generator(content)
    yield from credentials(content, found.uri)
    yield from provider(content)
    yield from (fault for fault in server_template(content, serves=serves) if fault.name == "server_template")


def _hit(  # noqa: PLR0917  the parts of one finding
    workload: Workload, found: Bootstrap, said: str, remedy: str, severity: Severity | None = None, applies: str = ""
) -> Hit:
    name = "The bootstrap"
    related: tuple[Ref, ...] = ()
    place = found.source
    if place.place == "configmap":
        name = f"The bootstrap in {place.path[-1]} of ConfigMap {place.name}"
        related = (Ref("ConfigMap", workload.namespace, place.name),)
    return Hit(found.variable.path, f"{name} {said}.", remedy, severity=severity, applies=applies, related=related)


RULE = Rule(
    code="PX805",
    slug="bootstrap-for-istiod",
    summary="A bootstrap of the pod's own leads to istiod, and cannot work with it.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    needs=("env", "envFrom"),
    remedy="Let the agent write the bootstrap, or write it as the page says.",
    evidence=(
        "istio pilot/pkg/networking/grpcgen: GENERATOR chooses what is sent",
        "https://github.com/grpc/grpc-go/issues/4150",
        "failure modes B6, B7 and B8",
    ),
)
