"""Hint for newcomers: there are Istio resources and workloads, but no workload is known to be proxyless, so nothing was judged.

Called by ``cli.lint``. A run over a tutorial without any label would say "0 findings" and be right, and be no help.
"""

from proxyless.lint.remedy_commands import label
from proxyless.lint.world import World
from proxyless.model.snapshot import Snapshot

_ROUTES = ("VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute", "PeerAuthentication", "AuthorizationPolicy")
"""Kinds whose author expects something of the workloads beside them."""


def leads(world: World, read: Snapshot) -> tuple[str, ...]:
    """One line per namespace that has workloads and rules for them, in a run that knows of no proxyless workload at all."""
    if world.settings.assume_proxyless or world.has_proxyless_workloads:
        return ()
    ruled = {item.namespace for kind in _ROUTES for item in read.of_kind(kind)}
    return tuple(
        f"namespace {name}: no workload is known to be proxyless, so rules about gRPC without a sidecar were not applied; "
        "--assume-proxyless applies them. If its workloads are proxyless, declare the namespace (pods get the agent when "
        f"they are next created), run: {label(name)}"
        for name in sorted(ruled & {item.namespace for item in world.workloads})
    )
