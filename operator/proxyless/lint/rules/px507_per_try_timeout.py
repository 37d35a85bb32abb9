"""PX507: a time limit per attempt is not known to gRPC: a hung attempt is not given up before the whole call is."""

from collections.abc import Iterator

from proxyless.lint.routes import api_rules, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per time limit of a single attempt."""
    for path, limit in _limits(subject):
        if limit:
            message = f"gRPC clients do not limit single attempts: one that hangs is not retried after {limit}, only the whole call ends."
            yield Hit(path, message, fix=drop(path))


def _limits(subject: Resource) -> Iterator[tuple[FieldPath, object]]:
    if subject.kind == "HTTPRoute":
        for path, rule in api_rules(subject):
            if rule.get("retry"):
                yield (*path, "timeouts", "backendRequest"), mapping(rule.get("timeouts")).get("backendRequest")
        return
    for path, route in mesh_routes(subject):
        retries = mapping(route.get("retries"))
        if retries.get("attempts") != 0:
            yield (*path, "retries", "perTryTimeout"), retries.get("perTryTimeout")


RULE = Rule(
    code="PX507",
    slug="per-try-timeout",
    summary="Retries have a time limit per attempt, which gRPC clients ignore.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("perTryTimeout", "backendRequest"),
    remedy="Remove it; limit the whole call by timeout, and set deadlines in the client.",
    evidence=("matrix istio VirtualService spec.http[].retries.perTryTimeout", "matrix grpc route.action.retry_policy"),
    reads=("Service",),
    fixes=("unsafe",),
)
