"""Reads which waypoint takes the calls of ambient pods to a Service. For ``question``; proxyless clients pass it by, see PX704."""

from proxyless.lint.world import World
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

WAYPOINT = "istio.io/use-waypoint"
"""Label of a Service or Namespace: the Gateway that takes calls of ambient clients."""
WAYPOINT_NAMESPACE = "istio.io/use-waypoint-namespace"


class Waypoint(NamedTuple):
    """A waypoint by the label that names it."""

    words: str
    holder: Resource
    """The Service or Namespace with the label."""


def waypoint_of(world: World, service: Resource) -> Waypoint | None:
    """The waypoint of a Service: by its own label, else by its namespace's; ``none`` takes it away."""
    space = world.get("Namespace", "", service.namespace)
    for holder in (service, space):
        name = holder.labels.get(WAYPOINT) if holder is not None else None
        if holder is not None and name:
            where = holder.labels.get(WAYPOINT_NAMESPACE) or service.namespace
            return Waypoint(f"the waypoint {where}/{name}", holder) if name != "none" else None
    return None
