"""PX803: releases with a known defect that proxyless Istio runs into, where the objects at hand make it matter."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.libraries import library, library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, listeners_of
from proxyless.lint.streams import said_of_server
from proxyless.lint.world import World
from proxyless.mesh.peer import Speaks
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource, sequence
from proxyless.model.truth import Truth
from proxyless.model.version import C_CORE, Client, Language, Span


class Defect(NamedTuple):
    """One defect of a library."""

    languages: tuple[Language, ...]
    releases: Span
    consequence: str
    remedy: str
    severity: Severity
    matters: Callable[[Workload, World], bool]


def _has_policies(workload: Workload, world: World) -> bool:
    """Whether an AuthorizationPolicy with rules selects the workload."""
    root = world.settings.root_namespace
    return any(
        sequence(policy.spec.get("rules")) and selects(match_labels(policy), workload.labels)
        for namespace in {workload.namespace, root}
        for policy in world.seen("AuthorizationPolicy", namespace)
    )


def _serves_plaintext(workload: Workload, world: World) -> bool:
    """Whether the workload is a server in plaintext, which somebody may turn to mTLS while it runs."""
    if said_of_server(workload) is Truth.NO:
        return False
    return any(Speaks.PLAINTEXT in item.server.speaks for item in listeners_of(world, workload))


def _always(workload: Workload, world: World) -> bool:
    del workload, world
    return True


DEFECTS = (
    Defect(
        (Language.GO,),
        Span.parse("..1.82.0"),
        "drops parts of an AuthorizationPolicy that it does not know instead of rejecting it: a DENY may let calls through (GHSA-hrxh-6v49-42gf)",
        "Upgrade grpc-go to 1.83.1 or later.",
        Severity.WARNING,
        _has_policies,
    ),
    Defect(
        (Language.JAVA,),
        Span.parse("..1.64"),
        "may stop following configuration changes after a stale nonce (grpc-java issue 11232)",
        "Upgrade grpc-java to 1.65 or later.",
        Severity.WARNING,
        _always,
    ),
    Defect(
        C_CORE,
        Span.parse("1.51.0"),
        "rejects a host's routes when it can use none of them (grpc issue 32023)",
        "Upgrade to 1.51.1 or later.",
        Severity.WARNING,
        _always,
    ),
    Defect(
        (Language.NODE,),
        Span.parse("1.14.1.."),
        "ends the server's process when a PeerAuthentication turns its port from plaintext to mTLS while it runs (run with 1.14.1)",
        "Write STRICT before the pods start, or restart them together with such a change.",
        Severity.INFO,
        _serves_plaintext,
    ),
)
"""Known defects, by language and release; evidence is in the text."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per defect of the workload's library."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    client = world.client_of(workload)
    for defect in _defects(client):
        if defect.matters(workload, world):
            message = f"{library(client)} {defect.consequence}."
            yield library_hit(workload, world, message, remedy=defect.remedy, severity=defect.severity)


@lru_cache(maxsize=1024)
def _defects(client: Client) -> tuple[Defect, ...]:
    """Those of one library."""
    if client.version is None:
        return ()
    return tuple(item for item in DEFECTS if client.language in item.languages and client.version in item.releases)


RULE = Rule(
    code="PX803",
    slug="known-defect",
    summary="The library has a known defect that matters here.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    remedy="Upgrade the library.",
    evidence=(
        "GHSA-hrxh-6v49-42gf",
        "https://github.com/grpc/grpc-java/issues/11232",
        "https://github.com/grpc/grpc/issues/32023",
        "matrix grpc server.tls",
    ),
    reads=("AuthorizationPolicy", "Service", "PeerAuthentication"),
)
