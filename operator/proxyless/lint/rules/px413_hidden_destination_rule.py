"""PX413: exportTo or workloadSelector keeps a DestinationRule from clients that call its host and get no other rule."""

from collections.abc import Iterator

from proxyless.lint.destinations import dialing, host_of_rule
from proxyless.lint.hidden_rules import Hiding, hiding
from proxyless.lint.in_effect import KINDS
from proxyless.lint.mtls_model import Pair
from proxyless.lint.mtls_pairs import pairs_of_host
from proxyless.lint.mtls_words import doubt
from proxyless.lint.route_calls import real_calls
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.mesh.effective.clusters import Name
from proxyless.mesh.host import covers
from proxyless.mesh.traffic import levels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field that hides the rule: an error where its mTLS is what the calls lack."""
    hosts = _hosts(subject, world)
    failing: dict[FieldPath, list[tuple[Hiding, Pair]]] = {}
    for host in hosts if _asks_for_mtls(subject) else ():
        for pair in pairs_of_host(host, world):
            found = hiding(subject, host, pair.client, world) if pair.demands_tls and _has_none(pair) else None
            if found is not None:
                failing.setdefault(found.path, []).append((found, pair))
    for path, items in failing.items():
        yield _failing(path, items, world)
    if failing:
        return
    missed: dict[FieldPath, tuple[Hiding, str, list[Workload]]] = {}
    for host in hosts:
        for call in real_calls(host, world):
            cluster = call.client.cluster(str(Name(call.port, "", host)))
            found = hiding(subject, host, call.client, world) if cluster.exists and cluster.answer is None else None
            if found is not None:
                missed.setdefault(found.path, (found, host, []))[2].extend(call.callers)
    for path, (found, host, callers) in missed.items():
        yield Hit(
            path,
            f"{named(callers)} calls {host} without this rule or any other: {found.why}.",
            related=tuple(dict.fromkeys(item.ref for item in callers)),
            deny=False,
        )


def _hosts(subject: Resource, world: World) -> list[str]:
    host = host_of_rule(subject, world)
    return sorted(name for name in dialing(world) if covers(host, name)) if "*" in host else [host]


def _asks_for_mtls(subject: Resource) -> bool:
    return any(mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL" for level in levels(subject))


def _has_none(pair: Pair) -> bool:
    return pair.cluster.answer is None


def _failing(path: FieldPath, items: list[tuple[Hiding, Pair]], world: World) -> Hit:
    found, first = items[0]
    pairs = [pair for _, pair in items]
    callers = [workload for pair in pairs for workload in pair.callers]
    who = f"{named(callers)} calls" if callers else f"Clients in namespace {first.client.namespace} call"
    unsure = "" if callers else f"a client in namespace {first.client.namespace} calls {first.host}"
    others = [item.ref for item in callers] + [pair.server.workload.ref for pair in pairs]
    return Hit(
        path,
        f"{who} {first.address} in plaintext, since {found.why}, and {named([pair.server.workload for pair in pairs])} "
        "demands mTLS: every call fails.",
        severity=Severity.ERROR,
        applies=" and ".join(filter(None, (unsure, doubt(world, pairs)))),
        related=tuple(dict.fromkeys(others)),
        deny=False,
    )


RULE = Rule(
    code="PX413",
    slug="hidden-destination-rule",
    summary="A DestinationRule is kept from clients that call its host, and no other one counts for them.",
    severity=Severity.INFO,
    kinds=("DestinationRule",),
    check=check,
    needs=("exportTo", "workloadSelector"),
    remedy="Export the rule to the client's namespace, widen or drop its workloadSelector, or write a rule beside the client.",
    evidence=(
        "istio pilot/pkg/model/push_context.go destinationRule: the most specific pattern first, then visibility",
        "measured on Istio 1.31: a rule that is hidden by exportTo is not replaced by a wildcard of the same namespace",
    ),
    reads=KINDS,
)
