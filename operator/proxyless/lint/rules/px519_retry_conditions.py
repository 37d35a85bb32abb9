"""PX519: gRPC retries on five statuses; other conditions are ignored, and C-core stops at five attempts."""

from collections.abc import Iterator
from functools import lru_cache

from proxyless.lint.clients import any_speaks, in_use, titles
from proxyless.lint.routes import api_rules, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import C_CORE
from proxyless.model.finding import Severity
from proxyless.model.fix import drop, put
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth

KNOWN = ("cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable")
"""Conditions of ``retryOn`` that gRPC libraries honor."""
MOST = 4
"""Retries beside the first attempt, in C-core libraries."""
_IGNORED = ("retryRemoteLocalities", "retryIgnorePreviousHosts")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per retry setting that gRPC does not honor."""
    if subject.kind == "HTTPRoute":
        for path, rule in api_rules(subject):
            codes = mapping(rule.get("retry")).get("codes")
            if codes:
                message = f"gRPC clients do not retry on HTTP codes {codes}, only on unavailable and cancelled, which istiod adds."
                yield Hit((*path, "retry", "codes"), message, severity=Severity.INFO)
        return
    for path, route in mesh_routes(subject):
        retries = mapping(route.get("retries"))
        if retries and retries.get("attempts") != 0:
            yield from _policy((*path, "retries"), retries, world)


def _policy(path: FieldPath, retries: dict[str, object], world: World) -> Iterator[Hit]:
    written, foreign = _conditions(str(retries.get("retryOn") or ""))
    if written and len(foreign) == len(written):
        yield Hit((*path, "retryOn"), f"gRPC clients know none of {', '.join(foreign)}: nothing is retried.")
    elif foreign:
        message = f"gRPC clients ignore {', '.join(foreign)}; they retry on {', '.join(word for word in written if word in KNOWN)} only."
        yield Hit((*path, "retryOn"), message, severity=Severity.INFO)
    attempts = retries.get("attempts")
    if isinstance(attempts, int) and attempts > MOST and any_speaks(world, C_CORE) is Truth.YES:
        message = f"{titles(in_use(world, C_CORE))} clients stop after {MOST} retries, not {attempts}."
        yield Hit(
            (*path, "attempts"),
            message,
            remedy=f"Write at most {MOST}.",
            severity=Severity.INFO,
            fix=put((*path, "attempts"), MOST),
        )
    for key in _IGNORED:
        if retries.get(key):
            yield Hit(
                (*path, key),
                f"gRPC clients ignore {key}.",
                remedy="Remove it.",
                severity=Severity.INFO,
                fix=drop((*path, key)),
            )


@lru_cache(maxsize=1024)
def _conditions(text: str) -> tuple[list[str], list[str]]:
    """The words of ``retryOn``, and those that gRPC does not know; many routes have the same."""
    written = [word.strip() for word in text.split(",") if word.strip()]
    return written, [word for word in written if word not in KNOWN]


RULE = Rule(
    code="PX519",
    slug="retry-conditions",
    summary="Retry settings name conditions that gRPC clients do not know.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    by_value=True,
    needs=("retries", "retry"),
    remedy="Name gRPC statuses, for example retryOn: unavailable,resource-exhausted.",
    evidence=(
        "matrix istio VirtualService spec.http[].retries.retryOn",
        "matrix grpc route.action.retry_policy",
        "failure mode E13",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
