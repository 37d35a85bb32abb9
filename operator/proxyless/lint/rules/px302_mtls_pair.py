"""PX302: client and server decide on mTLS apart, by DestinationRule and PeerAuthentication; where they differ no call works."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, host_of_rule, services_of_rule
from proxyless.lint.mtls_pairs import Pair, client_namespaces, pairs_of
from proxyless.lint.mtls_words import command, doubt, happening, related, remedy
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import Listener, grpc_workloads, listeners_under, selects_grpc
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.pair import Outcome
from proxyless.mesh.selector import match_labels
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Ref, Resource, mapping
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per place of the subject that decides one side of a pair which does not fit."""
    failing = _from_client(subject, world) if subject.kind == "DestinationRule" else _from_server(subject, world)
    groups: dict[tuple[FieldPath, bool], list[Pair]] = {}
    for path, pair in failing:
        groups.setdefault((path, pair.demands_tls), []).append(pair)
    for (path, _), pairs in groups.items():
        yield Hit(
            path,
            happening(subject, pairs),
            remedy(subject, pairs[0]),
            applies=doubt(world, pairs),
            related=tuple(related(subject, pairs)),
            command=command(pairs[0]),
            deny=False,
        )


def _from_client(subject: Resource, world: World) -> Iterator[tuple[FieldPath, Pair]]:
    """Failing pairs whose client side the DestinationRule decides."""
    selector = mapping(mapping(subject.spec.get("workloadSelector")).get("matchLabels"))
    services = services_of_rule(subject, world)
    if not services and any(
        mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL" for level in levels(subject)
    ):
        home = service_of(host_of_rule(subject, world), world.settings.domain)
        if home and not world.knows("Service", home.namespace) and caller_condition(subject, world) is not None:
            raise NotKnown("Service", home.namespace)
    for service in services:
        root = subject.namespace == world.settings.root_namespace
        client = service.namespace if root else subject.namespace
        for pair in pairs_of(world, service, client, selector):
            path = _client_path(subject, pair) if pair.outcome is Outcome.FAILS else ()
            if path and caller_condition(subject, world) is not None:
                yield path, pair


def _client_path(subject: Resource, pair: Pair) -> FieldPath:
    """Where the subject decides the client's side; empty where another rule does."""
    tls = pair.policy.settings.get("tls")
    if tls:
        return (*tls.path, "mode") if tls.rule is subject else ()
    taker = pair.policy.taken_by.get("tls")
    if taker:
        return taker.path if taker.rule is subject else ()
    if pair.answer is None:
        return ()
    return ("spec", "trafficPolicy") if pair.answer.rule.decider is subject else ()


def _from_server(subject: Resource, world: World) -> Iterator[tuple[FieldPath, Pair]]:
    """Failing pairs whose server side the PeerAuthentication decides."""
    labels = match_labels(subject)
    servers = grpc_workloads(world, subject.namespace, labels)
    if not servers and selects_grpc(world, subject.namespace, labels) is not Truth.NO:
        raise NotKnown("Deployment", subject.namespace)
    mine: dict[Ref, list[Listener]] = {}
    for item in listeners_under(world, subject):
        mine.setdefault(item.service.ref, []).append(item)
    for namespace in sorted({workload.namespace for workload in servers}):
        for service in world.need("Service", namespace):
            for client in client_namespaces(world, service) if service.ref in mine else ():
                for pair in pairs_of(world, service, client):
                    if pair.outcome is Outcome.FAILS and pair.listener in mine[service.ref]:
                        yield pair.listener.peer.path, pair


RULE = Rule(
    code="PX302",
    slug="mtls-pair",
    summary="Clients and servers of one host disagree on mTLS, so calls fail.",
    severity=Severity.ERROR,
    kinds=("DestinationRule", "PeerAuthentication"),
    check=check,
    by_value=True,
    remedy="Give the server a PeerAuthentication with STRICT and its clients a DestinationRule with ISTIO_MUTUAL, or neither.",
    evidence=(
        "measured on Istio 1.31 with gRPC Python, Go and Java 1.85: ISTIO_MUTUAL alone and STRICT alone both fail",
        "matrix istio DestinationRule spec.trafficPolicy.tls.mode ISTIO_MUTUAL",
        "matrix istio PeerAuthentication spec.mtls.mode STRICT",
    ),
    reads=("Service", "VirtualService"),
)
