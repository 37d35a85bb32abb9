"""Words that rules share for a workload's gRPC library: its name, its version, and where that is written."""

from proxyless.lint.rule import Hit
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import GRPC_VERSION, LANGUAGE
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath


def library(client: Client) -> str:
    """A library as findings name it, ``gRPC Go 1.66.3``."""
    name = f"gRPC {client.language.title}" if client.language is not None else "The gRPC library"
    return f"{name} {client.version}" if client.version is not None else name


def place_of_version(workload: Workload) -> FieldPath:
    """Where the workload says what it uses; the pod template's metadata where a policy says it."""
    for key in (GRPC_VERSION, LANGUAGE):
        if key in workload.annotations:
            return workload.metadata_path("annotations", key)
    return (*workload.path, "metadata")


def library_hit(
    workload: Workload,
    world: World,
    message: str,
    *,
    remedy: str = "",
    severity: Severity | None = None,
    applies: str = "",
) -> Hit:
    """A hit about a workload's library, at the annotation that names it; a policy that does instead is named."""
    place = place_of_version(workload)
    profile = world.profile_of(workload)
    policy = profile.source if profile is not None else None
    if policy is None or place[-2:-1] == ("annotations",):
        return Hit(place, message, remedy, severity=severity, applies=applies)
    said = f"{message} {policy} says what it uses."
    return Hit(place, said, remedy, severity=severity, applies=applies, related=(policy,))
