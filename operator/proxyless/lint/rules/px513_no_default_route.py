"""PX513: without a route for the rest, calls that match nothing fail with UNAVAILABLE."""

from collections.abc import Iterator
from typing import Any

from proxyless.lint.routes import matches, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence

_HARMLESS = {"name", "gateways", "statPrefix", "ignoreUriCase"}
"""Keys of a match that restrict no call of a mesh client."""


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit where every route has a condition."""
    if not sequence(subject.spec.get("hosts")):
        return
    routes = mesh_routes(subject)
    for path, _route in routes:
        entries = matches(subject, path)
        if not entries or any(_takes_all(match) for _, match in entries):
            return
    if routes:
        yield Hit(
            ("spec", "http"),
            "Every route has a condition: calls that match none fail with UNAVAILABLE, no matched route was found.",
        )


def _takes_all(match: dict[str, Any]) -> bool:
    conditions = {key: value for key, value in match.items() if key not in _HARMLESS and value}
    uri = mapping(conditions.pop("uri", None))
    return not conditions and (not uri or uri.get("prefix") == "/" or uri.get("regex") in (".*", "/.*"))


RULE = Rule(
    code="PX513",
    slug="no-default-route",
    summary="A VirtualService has no route for calls that match no condition.",
    severity=Severity.INFO,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("match",),
    remedy="Add a last route without match.",
    evidence=("matrix istio VirtualService spec.http[]", "failure mode E10"),
    reads=("Service",),
)
