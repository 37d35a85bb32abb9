"""PX803: releases with a known defect or advisory that proxyless Istio runs into, where the objects at hand make it matter."""

from collections.abc import Iterator
from functools import lru_cache

from proxyless.lint.authorization import action_of, conditions
from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.libraries import library, library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, listeners_of
from proxyless.lint.world import World
from proxyless.lint.xds_streams import said_of_server
from proxyless.matrix.library_rows import Advisory
from proxyless.matrix.query import Matrix
from proxyless.matrix.verdict import Circumstance
from proxyless.mesh.peer import Speaks
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per defect of the workload's library."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    client = world.client_of(workload)
    for item in _advisories(world.matrix, client):
        if _matters(item.condition, workload, world):
            named = f" ({', '.join(item.ids)})" if item.ids else ""
            message = f"{library(client)} {item.text}{named}."
            yield library_hit(workload, world, message, remedy=item.remedy, severity=item.severity)


@lru_cache(maxsize=1024)
def _advisories(matrix: Matrix, client: Client) -> tuple[Advisory, ...]:
    """Those of one library."""
    return tuple(item for item in matrix.advisories if item.concerns(client.language, client.version))


def _matters(condition: Circumstance, workload: Workload, world: World) -> bool:
    """Whether what an advisory needs is so for a workload."""
    match condition:
        case Circumstance.ALWAYS:
            return True
        case Circumstance.SERVER:
            return said_of_server(workload, world) is Truth.YES or (
                _may_serve(workload, world) and any(listeners_of(world, workload))
            )
        case Circumstance.PLAINTEXT_SERVER:
            return any(Speaks.PLAINTEXT in speaks for speaks in _spoken(workload, world))
        case Circumstance.STRICT_SERVER:
            return any(speaks == {Speaks.TLS} for speaks in _spoken(workload, world))
        case Circumstance.PATH_EXCLUSION:
            return any(map(_keeps_from_paths, _policies(workload, world)))
        case Circumstance.TOKEN_OR_SERVER_NAME:
            return any(map(_compares_tokens, _policies(workload, world)))
        case Circumstance.HEADER_CAPITALS:
            return False  # PX615 tells of it, at the field


def _may_serve(workload: Workload, world: World) -> bool:
    return said_of_server(workload, world) is not Truth.NO


def _spoken(workload: Workload, world: World) -> Iterator[frozenset[Speaks]]:
    """What each port of a server answers; nothing for a workload that is none."""
    if _may_serve(workload, world):
        for item in listeners_of(world, workload):
            yield item.server.speaks


def _policies(workload: Workload, world: World) -> Iterator[Resource]:
    """AuthorizationPolicies that select the workload."""
    for namespace in {workload.namespace, world.settings.root_namespace}:
        for policy in world.seen("AuthorizationPolicy", namespace):
            if action_of(policy) in ("ALLOW", "DENY") and selects(match_labels(policy), workload.labels):
                yield policy


def _keeps_from_paths(policy: Resource) -> bool:
    """Whether calls get further if their path matches nothing; a pattern for the end of a path matches all the same."""
    denies = action_of(policy) == "DENY"
    return any(
        item.name == "paths" and item.negated is not denies and any(value.startswith("/") for value in item.values)
        for item in conditions(policy)
    )


def _compares_tokens(policy: Resource) -> bool:
    return any(
        item.name.startswith("request.auth.") or item.name in ("requestPrincipals", "connection.sni")
        for item in conditions(policy)
    )


RULE = Rule(
    code="PX803",
    slug="known-defect",
    summary="The library has a known defect that matters here.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    by_value=True,
    remedy="Upgrade the library.",
    evidence=("matrix advisories", "matrix grpc server.tls"),
    reads=("AuthorizationPolicy", "Service", "PeerAuthentication"),
)
