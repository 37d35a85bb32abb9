"""PX520: the Gateway API's prefix match becomes a path matcher that every gRPC library rejects."""

from collections.abc import Iterator

from proxyless.lint.clients import rejected
from proxyless.lint.routes import api_matches, api_rules, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per match that istiod sends as a path-separated prefix."""
    for path, rule in api_rules(subject):
        for here, match in api_matches(path, rule):
            if subject.kind == "HTTPRoute":
                written = mapping(match.get("path"))
                value = str(written.get("value", "/"))
                if written.get("type", "PathPrefix") == "PathPrefix" and value != "/":
                    message = f"gRPC clients reject {rejected(world)} for the PathPrefix {value}."
                    yield Hit(
                        (*here, "path"),
                        message,
                        remedy="Use Exact with the full method, RegularExpression, or a VirtualService with uri.prefix.",
                    )
            else:
                method = mapping(match.get("method"))
                if method.get("service") and not method.get("method") and method.get("type", "Exact") == "Exact":
                    message = f"gRPC clients reject {rejected(world)} for a match on the service {method['service']} without a method."
                    yield Hit((*here, "method"), message)


RULE = Rule(
    code="PX520",
    slug="gateway-api-prefix",
    summary="A Gateway API route matches a path prefix or a whole service, which every gRPC client rejects.",
    severity=Severity.ERROR,
    kinds=("HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("matches",),
    remedy="""Name service and method, or use type: RegularExpression with method: ".+", or a VirtualService with uri.prefix.""",
    evidence=(
        "matrix istio HTTPRoute spec.rules[].matches[].path",
        "matrix istio GRPCRoute spec.rules[].matches[].method",
        "matrix grpc route.match.path_separated_prefix",
    ),
    deny=True,
    reads=("Service",),
)
