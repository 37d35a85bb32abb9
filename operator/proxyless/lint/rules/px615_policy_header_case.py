"""PX615: C-core and older grpc-go compare a header's name in a policy as written; one with capitals never matches."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, never, reaching
from proxyless.lint.libraries import library
from proxyless.lint.releases import without
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.matrix.verdict import Circumstance
from proxyless.mesh.selector import match_labels
from proxyless.model.client import Client
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth

_HEADER = "request.headers["
_FEATURE = "rbac.header_name_case"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition on a header whose name has capitals, where a server may compare it as written."""
    condition = reaching(subject, world)
    if condition is None or action_of(subject) not in ("ALLOW", "DENY"):
        return
    named = [item for item in conditions(subject) if item.is_when and _header(item.name) != _header(item.name).lower()]
    found = _servers(subject, world) if named else None
    if found is None:
        return
    who, doubt = found
    for item in named:
        header = _header(item.name)
        message = f"{who} the name {header} as written, and metadata keys are lower case: the condition {never(subject, item)}."
        applies = " and ".join(filter(None, (condition, doubt)))
        yield Hit(
            item.path,
            message,
            f"Write request.headers[{header.lower()}].",
            applies=applies,
            deny=False,
            fix=put(item.path, item.name.replace(header, header.lower()), safe=True),
        )


def _header(key: str) -> str:
    """The header that a key names; empty for other keys, and for headers that servers reject (PX607)."""
    header = key.removeprefix(_HEADER).removesuffix("]") if key.startswith(_HEADER) else ""
    return "" if header.lower().startswith(("grpc-", ":scheme")) else header


def _servers(policy: Resource, world: World) -> tuple[str, str] | None:
    """Who compares as written, and under which condition; None: no server does."""
    clients = [world.client_of(item) for item in grpc_workloads(world, policy.namespace, match_labels(policy))]
    answers = {client: _compares(client, world) for client in clients}
    certain = [client for client, answer in answers.items() if answer is Truth.YES]
    if certain:
        return f"{library(certain[0])}{_advisory(certain[0], world)} compares", ""
    if answers and all(answer is Truth.NO for answer in answers.values()):
        return None
    return "Some servers compare", f"the server is {without(world, _FEATURE)}"


def _compares(client: Client, world: World) -> Truth:
    """Whether a library compares as written."""
    if client.language is None:
        return Truth.UNKNOWN
    known = world.matrix.support(_FEATURE, client.language, client.version).truth
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(known, Truth.UNKNOWN)


def _advisory(client: Client, world: World) -> str:
    """The advisory that says so of a release, in brackets."""
    for item in world.matrix.advisories:
        if item.condition is Circumstance.HEADER_CAPITALS and item.concerns(client.language, client.version):
            return f" ({', '.join(item.ids)})"
    return ""


RULE = Rule(
    code="PX615",
    slug="policy-header-case",
    summary="A policy names a header with capital letters, which metadata keys never have.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    needs=("when",),
    remedy="Write the header's name in lower case.",
    evidence=(
        "matrix grpc rbac.header_name_case",
        "matrix istio AuthorizationPolicy spec.rules[].when[].key request.headers[X-*]",
        "GO-2026-6441",
    ),
    fixes=("safe",),
)
