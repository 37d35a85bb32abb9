"""PX513: without a route for the rest, calls that match nothing fail with UNAVAILABLE."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.in_effect import ROUTING
from proxyless.lint.route_calls import RoutedCall, routed_calls
from proxyless.lint.route_gates import may_leave_some
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.effective.matches import SentMatch
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence

_ALL_PATHS = ("prefix:/", "prefix:", "safe_regex:.*", "safe_regex:/.*", "safe_regex:.+", "safe_regex:/.+")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where every route that some clients get has a condition; who gets none of them has the Service's own route."""
    if subject.kind == "VirtualService" and not sequence(subject.spec.get("hosts")):
        return
    found = [item for item in routed_calls(subject, world) if _leaves_some(item, world)]
    if found:
        calls = [item.call for item in found]
        yield Hit(
            ("spec", "http" if subject.kind == "VirtualService" else "rules"),
            f"Every route has a condition: calls of {affected_clients(calls)} that match none fail with UNAVAILABLE, no matched route "
            "was found.",
            applies="" if any(not item.doubt for item in found) else found[0].doubt,
            related=related_clients(calls),
            deny=False,
        )


def _leaves_some(item: RoutedCall, world: World) -> bool:
    """Whether some calls match no route; not where a delegate is not given, which may take them."""
    missing = any(lost.child is None for lost in item.routing.lost)
    if missing and not world.complete("VirtualService"):
        return False
    return not any(_takes_all(route.match) for route in item.routes)


def _takes_all(match: SentMatch) -> bool:
    return match.path in _ALL_PATHS and not (match.headers or match.query or match.claims)


RULE = Rule(
    code="PX513",
    slug="no-default-route",
    summary="A VirtualService, HTTPRoute or GRPCRoute has no route for calls that match no condition.",
    severity=Severity.INFO,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=may_leave_some,
    check=check,
    needs=("match", "matches", "delegate"),
    remedy="Add a last route without match.",
    evidence=("matrix istio VirtualService spec.http[]", "failure mode E10"),
    reads=ROUTING,
)
