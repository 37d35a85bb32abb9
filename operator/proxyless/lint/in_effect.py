"""Gives rules the model of ``mesh.effective``: what istiod sends each client and server of the world that is judged.

Decides nothing by itself.
"""

from typing import TYPE_CHECKING

from proxyless.lint.envoy_clients import has_sidecar
from proxyless.lint.running import lack_of
from proxyless.lint.world import World
from proxyless.mesh.pair import Party
from proxyless.mesh.pod.running import Beside
from proxyless.mesh.workload import GATEWAY, OF_GATEWAY_API, Workload, environment_of
from proxyless.model.memory import for_key
from proxyless.model.truth import Truth

if TYPE_CHECKING:
    from proxyless.mesh.effective.mesh import Mesh
    from proxyless.mesh.effective.options import MeshOptions

ROUTING = (
    "Service", "ServiceEntry", "VirtualService", "HTTPRoute", "GRPCRoute", "DestinationRule", "Sidecar", "MeshConfig",
)  # fmt: skip
"""What the model reads for listeners, routes and clusters."""
KINDS = (*ROUTING, "WorkloadEntry", "EndpointSlice", "PeerAuthentication", "AuthorizationPolicy")
"""What the model reads beside workloads."""
DATAPLANE_MODE = "istio.io/dataplane-mode"
"""Label of a Namespace or pod; ``ambient``: a ztunnel takes the traffic, ``none``: it does not."""


def mesh_of(world: World) -> "Mesh":
    """The model of the whole mesh; its indexes are kept in the World's memory, its answers with the World."""
    from proxyless.mesh.effective.options import MeshOptions  # noqa: PLC0415  most meshes are plain, and nobody asks the model

    settings = world.settings
    return _mesh(MeshOptions(settings.root_namespace, settings.domain, settings.trust_domain), world)


@for_key
def _mesh(options: "MeshOptions", world: World) -> "Mesh":
    from proxyless.mesh.effective.mesh import Mesh  # noqa: PLC0415  likewise

    return Mesh(world.snapshot, options, world.memory)


def is_ambient(world: World, workload: Workload) -> bool:
    """Whether a ztunnel takes a pod's traffic: by its own label, which beats its namespace's."""
    named = workload.labels.get(DATAPLANE_MODE, (world.namespace_labels(workload.namespace) or {}).get(DATAPLANE_MODE))
    return bool(named == "ambient")


def party_of(world: World, workload: Workload) -> Party | None:
    """What a workload is to its callers; None where it says nothing and its namespace is not known either."""
    if world.is_proxyless(workload):
        return Party.PROXYLESS
    if has_sidecar(world, workload):
        return Party.ENVOY
    if is_ambient(world, workload):
        return Party.AMBIENT
    if GATEWAY in workload.templates or OF_GATEWAY_API in workload.labels:
        return None  # what a gateway takes is said by Gateways, port by port
    return Party.PLAIN if world.namespace_labels(workload.namespace) is not None else None


def party_now(world: World, workload: Workload) -> Party | None:
    """The same as its pods run: where all of them lack the agent, what they have instead of what the template asks for."""
    lack = lack_of(workload, world)
    only = None if lack is None else lack.running.only
    return party_of(world, workload) if only is None else _PARTIES[only]


_PARTIES = {Beside.NOTHING: Party.PLAIN, Beside.ENVOY: Party.ENVOY}


def enforces(world: World, workload: Workload) -> Truth:
    """Whether the library of a server enforces AuthorizationPolicies."""
    client = world.client_of(workload)
    if client.language is None:
        return Truth.UNKNOWN
    support = world.matrix.support("filter.rbac", client.language, client.version, environment_of(workload))
    return support.truth
