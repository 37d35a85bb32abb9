"""PX804: a pod asks to reach istiod directly with a library that aborts on, or ignores, such a bootstrap."""

from collections.abc import Iterator

from proxyless.lint.libraries import library
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.xds_mode import choose
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template for which ``direct`` is asked in vain, by itself or by a policy."""
    workload = world.workload(subject)
    if workload is None:
        return
    said = world.application_of(workload)
    if said.xds != "direct" or not is_grpc(world, workload):
        return
    place = said.sources.get("xds")
    if place is None:
        return
    choice = choose(said)
    if choice.refused:
        message = f"{library(world.client_of(workload))} cannot reach istiod directly: {choice.refused}. The pod gets the agent's socket instead."
        if place.place == "pod":
            yield Hit(place.path, message, choice.remedy, fix=drop(place.path))
            return
        profile = world.profile_of(workload)
        related = (profile.source,) if profile is not None and profile.source is not None else ()
        yield Hit((*workload.path, "metadata"), f"{message} {place.name} asks for it.", choice.remedy, related=related)


RULE = Rule(
    code="PX804",
    slug="direct-not-possible",
    summary="A pod asks to reach istiod directly, which its library cannot.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    by_value=True,
    remedy="Remove the annotation, and keep to one xDS stream: one target per process and no xDS server beside it.",
    evidence=("matrix grpc bootstrap.tls_channel_creds", "matrix grpc bootstrap.channel_creds"),
    fixes=("unsafe",),
)
