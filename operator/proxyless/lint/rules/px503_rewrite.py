"""PX503: paths and authorities are not rewritten by gRPC: the server gets the call as the client made it."""

from collections.abc import Iterator

from proxyless.lint.routes import api_filters, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import Fix, drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping

_METHOD = "gRPC clients do not rewrite paths: the server gets the method that the client called, not {}."
_AUTHORITY = "gRPC clients do not rewrite the authority: the server sees the name that the client dialed, not {}."


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per rewritten path and per rewritten authority."""
    for path, rewrite, authority in _rewrites(subject):
        for key, value in rewrite.items():
            if key == authority:
                yield Hit(
                    (*path, key),
                    _AUTHORITY.format(value),
                    severity=Severity.WARNING,
                    fix=_fix(subject, path, key, rewrite),
                )
            elif key in ("uri", "uriRegexRewrite", "path"):
                target = mapping(value)
                shown = target.get("rewrite") or target.get("replaceFullPath") or target.get("replacePrefixMatch")
                yield Hit((*path, key), _METHOD.format(shown or value), fix=_fix(subject, path, key, rewrite))


def _fix(subject: Resource, path: FieldPath, key: str, rewrite: dict[str, object]) -> Fix:
    """Without the rewrite; of the Gateway API without the whole filter where it does nothing else."""
    alone = subject.kind == "HTTPRoute" and len(rewrite) == 1
    return drop(path[:-1] if alone else (*path, key))


def _rewrites(subject: Resource) -> Iterator[tuple[FieldPath, dict[str, object], str]]:
    if subject.kind == "HTTPRoute":
        for path, entry in api_filters(subject, "URLRewrite"):
            yield (*path, "urlRewrite"), mapping(entry.get("urlRewrite")), "hostname"
        return
    for path, route in mesh_routes(subject):
        yield (*path, "rewrite"), mapping(route.get("rewrite")), "authority"


RULE = Rule(
    code="PX503",
    slug="rewrite",
    summary="A route rewrites the path or the authority, which gRPC clients do not do.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("rewrite", "filters"),
    remedy="Remove the rewrite: call the method that the server has, and set the authority where the client dials.",
    evidence=("matrix istio VirtualService spec.http[].rewrite.uri", "matrix grpc route.action.rewrite"),
    reads=("Service",),
    fixes=("unsafe",),
)
