"""Says which workloads ``proxyless effective`` does not tell as they are: gateways, sidecars, ambient pods. Called by ``effective``."""

from collections import Counter
from collections.abc import Iterator

from proxyless.cli import workload_names
from proxyless.lint.in_effect import party_of
from proxyless.lint.world import World
from proxyless.mesh.effective.gateways import is_gateway
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import Workload

_NAMES = {Party.ENVOY: "has a sidecar", Party.AMBIENT: "is in ambient mode", Party.PLAIN: "is outside the mesh"}

_GATEWAY = "is a gateway"
_AMONG = {_NAMES[Party.ENVOY]: "with a sidecar", _NAMES[Party.AMBIENT]: "in ambient mode", _GATEWAY: "as a gateway"}


def of_client(world: World, workload: Workload) -> str:
    """A note on the one client that is told, where it is no proxyless one; empty: it is, or nothing is known of it."""
    what = _what(world, workload)
    if not what:
        return ""
    return (
        f"{workload.ref} {what}: this is what a proxyless client in its place gets; "
        f"`proxyless why {workload_names.named(workload)} HOST:PORT` judges it as it is"
    )


def of_all(world: World) -> str:
    """A note on those that are left out where all proxyless clients are told; empty: there are none."""
    counted = Counter(_others(world))
    told = ", ".join(f"{number} {_AMONG[what]}" for what, number in sorted(counted.items()))
    return (
        f"workloads that are no proxyless clients are left out: {told}; `proxyless why` judges their calls"
        if told
        else ""
    )


def _others(world: World) -> Iterator[str]:
    for workload in world.workloads:
        what = _what(world, workload)
        if what and what != _NAMES[Party.PLAIN]:
            yield what


def _what(world: World, workload: Workload) -> str:
    if world.is_proxyless(workload):
        return ""
    if is_gateway(world.snapshot, workload):
        return _GATEWAY
    party = party_of(world, workload)
    return _NAMES.get(party, "") if party is not None else ""
