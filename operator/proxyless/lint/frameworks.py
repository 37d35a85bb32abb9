"""Helpers that rules share to find Dubbo and Kitex workloads, which speak to istiod themselves; they never create findings."""

from collections.abc import Mapping

from proxyless.lint.mesh_settings import WHO
from proxyless.lint.workload_lookup import behind
from proxyless.lint.world import World, proxyless
from proxyless.mesh.pod.targets import texts as texts_of
from proxyless.mesh.pod.variables import environment, may_have_others
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client, Framework
from proxyless.model.memory import for_each, index_of
from proxyless.model.path import FieldPath
from proxyless.model.resource import PODS, Resource, mapping, sequence
from proxyless.model.version import Span

OTHERS = (Framework.DUBBO, Framework.KITEX)
"""Frameworks without agent and without mTLS."""
ROUTED = ("grpc", "grpc-web", "http", "http2")
"""Protocols of a Service port that istiod sends routes for, which Dubbo reads."""


def title(framework: Framework) -> str:
    """Name of a framework for messages."""
    return framework.value.capitalize()


def of_framework(subject: Resource, world: World, *frameworks: Framework) -> tuple[Workload, Framework] | None:
    """A workload that uses one of the frameworks, None for everything else."""
    workload = world.workload(subject)
    if workload is None or not world.is_proxyless(workload):
        return None
    framework = world.client_of(workload).framework
    return (workload, framework) if framework in frameworks else None


def window_of(world: World, client: Client) -> Span:
    """Releases of a framework that have xDS; all where nothing is known of the implementation."""
    known = (
        item for item in world.matrix.windows if (item.framework, item.language) == (client.framework, client.language)
    )
    return next((item.versions for item in known), Span())


def served_by(world: World, service: Resource, *frameworks: Framework) -> tuple[Workload, ...]:
    """Workloads behind a Service that use one of the frameworks."""
    if not frameworks_known(world):
        return ()
    return tuple(workload for workload in behind(service, world) if other_of(workload, world) in frameworks)


@for_each
def other_of(workload: Workload, world: World) -> Framework | None:
    """The framework of a proxyless workload that does not use gRPC, None for all else."""
    found = world.client_of(workload).framework if world.is_proxyless(workload) else None
    return found if found in OTHERS else None


@index_of(*PODS, settings=WHO)
def frameworks_known(world: World) -> frozenset[Framework]:
    """Frameworks but gRPC that workloads use."""
    return frozenset(client.framework for _, client in proxyless(world)).intersection(OTHERS)


def variables(workload: Workload) -> Mapping[str, tuple[str | None, FieldPath]]:
    """Environment of the app containers by name: value (None: it cannot be known), and path of the entry."""
    found: dict[str, tuple[str | None, FieldPath]] = {}
    for container in workload.pod.apps:
        for item in environment(container).values():
            found.setdefault(item.name, (item.value, item.entry))
    return found


def may_have_more(workload: Workload) -> bool:
    """Whether ``envFrom`` may bring variables whose names are not known."""
    return any(map(may_have_others, workload.pod.apps))


def mentions(workload: Workload, *texts: str) -> FieldPath | None:
    """Where an argument or environment value holds one of the texts."""
    for container in workload.pod.apps:
        for item in texts_of(container):
            if any(text in item.text for text in texts):
                return item.path
    return None


def has_istio_token(workload: Workload) -> bool:
    """Whether a projected volume brings a service account token for istiod (audience ``istio-ca``)."""
    for volume in workload.pod.volumes:
        for source in sequence(mapping(volume.get("projected")).get("sources")):
            if mapping(mapping(source).get("serviceAccountToken")).get("audience") == "istio-ca":
                return True
    return False


def containers_path(workload: Workload) -> FieldPath:
    """Where findings about a missing variable or volume point."""
    return (*workload.path, "spec", "containers")
