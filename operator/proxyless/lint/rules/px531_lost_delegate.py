"""PX531: a route that hands its calls to a VirtualService which is not there, or cannot serve it: istiod drops the route."""

from collections.abc import Iterator

from proxyless.lint.clients import rejected
from proxyless.lint.in_effect import mesh_of
from proxyless.lint.not_known import NotKnown
from proxyless.lint.routes import delegating, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.effective.delegates import Lost
from proxyless.model.finding import Severity
from proxyless.model.path import get, show
from proxyless.model.resource import Ref, Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per route that delegates to nothing; of a delegate, per route that delegates further."""
    if not sequence(subject.spec.get("hosts")):
        yield from _chained(subject, world)
        return
    routing = mesh_of(world).virtual_services.merged(subject)
    missing = ""
    for lost in routing.lost:
        child = _child(subject, lost)
        if lost.child is None and not world.knows("VirtualService", child.namespace):
            missing = child.namespace
            continue
        known = lost.child is not None or world.complete("VirtualService")
        yield Hit(
            lost.path,
            f"{lost.reason[0].upper()}{lost.reason[1:]}: istiod drops this route, and {_then(bool(routing.rules))}",
            _remedy(child, lost),
            applies="" if known else f"the cluster has no {child} either",
            related=(child,) if lost.child is not None else (),
            deny=False,
        )
    if missing:
        raise NotKnown("VirtualService", missing)


def _child(subject: Resource, lost: Lost) -> Ref:
    target = mapping(get(subject.body, lost.path))
    return Ref("VirtualService", str(target.get("namespace") or subject.namespace), str(target.get("name") or ""))


def _then(others: object) -> str:
    """What becomes of the calls."""
    if others:
        return "calls that it is for take one behind it, else they fail with UNAVAILABLE."
    return "no route is left: calls take those of another VirtualService, else the Service's own."


def _remedy(child: Ref, lost: Lost) -> str:
    match lost.child_path[-1:]:
        case ("hosts",):
            return f"Delete hosts from {child}, or write its routes here."
        case ("exportTo",):
            return f"Add this namespace to {show(lost.child_path)} of {child}."
        case ("http",):
            return "Let the matches there be narrower than those here, or leave them out."
        case _:
            return f"Add {child} without hosts and with http routes, or write its routes here."


def _chained(subject: Resource, world: World) -> Iterator[Hit]:
    for index, entry in enumerate(map(mapping, sequence(subject.spec.get("http")))):
        if isinstance(entry.get("delegate"), dict):
            yield Hit(
                ("spec", "http", index, "delegate"),
                f"A delegate hands nothing on: istiod sends this route without a destination, and gRPC clients reject {rejected(world)}.",
                "Delegate to it from the VirtualService that has the hosts.",
                applies=""
                if delegating(world).get(subject.ref)
                else "a VirtualService with hosts delegates to this one",
                deny=False,
            )


RULE = Rule(
    code="PX531",
    slug="lost-delegate",
    summary="A route delegates to a VirtualService that does not exist or cannot serve it.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("delegate",),
    remedy="Add the VirtualService that the route delegates to, or write its routes here.",
    evidence=(
        "istio pilot/pkg/model/virtualservice_controller.go mergeVirtualServices, virtualservice.go MergeHTTPRoutes",
        "matrix grpc route.action.weighted_clusters",
        "kept answers of istiod about delegates that are missing, hidden, contradict their root or have hosts",
    ),
    reads=("Service", "MeshConfig"),
)
