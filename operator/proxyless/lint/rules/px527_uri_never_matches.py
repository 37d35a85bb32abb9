"""PX527: a condition on ``uri`` that no gRPC call can meet: the path of a call is ``/package.Service/Method``, whole."""

from collections.abc import Iterator

from proxyless.lint.routes import mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.call_path import exact_may_match, expression_may_match, prefix_may_match
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping

_LONG = 60
"""Characters of an expression that a message shows."""


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per text that cannot match."""
    for path, match in mesh_matches(subject):
        uri = mapping(match.get("uri"))
        for kind, text in uri.items():
            found = _problem(kind, text) if isinstance(text, str) else None
            if found is not None:
                yield Hit((*path, "uri", kind), *found, deny=False)


def _problem(kind: str, text: str) -> tuple[str, str] | None:
    """What is wrong and what to write; None where it can match."""
    shown = text if len(text) <= _LONG else f"{text[:_LONG]}…"
    never = "this match takes no calls."
    if kind == "exact" and not exact_may_match(text):
        fixed = f"/{text}"
        remedy = f"Write `exact: {fixed}`." if exact_may_match(fixed) else ""
        return f"{shown} is the path of no gRPC call, which is /package.Service/Method: {never}", remedy
    if kind == "prefix" and not prefix_may_match(text):
        fixed = f"/{text}"
        remedy = f"Write `prefix: {fixed}`." if prefix_may_match(fixed) else ""
        return f"The path of no gRPC call, /package.Service/Method, begins with {shown}: {never}", remedy
    if kind == "regex" and expression_may_match(text) is False:
        wider = (f"{text.removesuffix('/')}/.*", f".*{text}", f"/{text}", f".*{text}.*")
        fixed = next((item for item in wider if expression_may_match(item)), "")
        message = f"{shown} is compared with the whole path, and matches no /package.Service/Method whole: {never}"
        return message, f"Write `regex: {fixed}`." if fixed and len(fixed) <= _LONG else ""
    return None


RULE = Rule(
    code="PX527",
    slug="uri-never-matches",
    summary="A condition on uri can match the path of no gRPC call.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    by_value=True,
    needs=("uri",),
    remedy="Write the path of the calls, /package.Service/Method, or the prefix /package.Service/ for all of a service.",
    evidence=(
        "grpc PROTOCOL-HTTP2: the path of a call is /Service-Name/Method",
        "matrix istio VirtualService spec.http[].match[].uri.regex",
    ),
    reads=("Service",),
)
