"""PX302: client and server decide on mTLS apart, by DestinationRule and PeerAuthentication; where they differ no call works."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from proxyless.lint.destinations import caller_condition, host_of_rule
from proxyless.lint.in_effect import KINDS
from proxyless.lint.mtls_pairs import failing
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, selects_grpc
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.peer import TLS_MODE
from proxyless.mesh.selector import match_labels
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import WORKLOADS, Resource, mapping
from proxyless.model.truth import Truth

if TYPE_CHECKING:
    from proxyless.lint.mtls_model import Pair


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per place of the subject that decides one side of a pair which does not fit."""
    groups: dict[tuple[FieldPath, bool], list[Pair]] = {}
    for path, pair in failing(world, subject):
        groups.setdefault((path, pair.demands_tls), []).append(pair)
    if groups:
        from proxyless.lint.mtls_words import command, doubt, fix, happening, related, remedy  # noqa: PLC0415  needs the model
    for (path, _), pairs in groups.items():
        yield Hit(
            path,
            happening(world, subject, pairs),
            remedy(world, subject, pairs[0]),
            applies=doubt(world, pairs),
            related=tuple(related(world, subject, pairs)),
            command=command(pairs[0]),
            deny=False,
            fix=fix(subject, pairs[0]),
        )
    if not groups and (kind := _not_known(subject, world)):
        raise NotKnown(kind, subject.namespace)


def _not_known(subject: Resource, world: World) -> str:
    """The kind without which nothing can be said of the subject, empty where enough is known."""
    if subject.kind in WORKLOADS:
        return ""
    if subject.kind == "PeerAuthentication":
        labels = match_labels(subject)
        servers = grpc_workloads(world, subject.namespace, labels)
        if not servers:
            return "Deployment" if selects_grpc(world, subject.namespace, labels) is not Truth.NO else ""
        missing = (item.namespace for item in servers if not world.knows("Service", item.namespace))
        return "Service" if next(missing, "") else ""
    home = service_of(host_of_rule(subject, world), world.settings.domain)
    mutual = any(mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL" for level in levels(subject))
    if not mutual or home is None or world.knows("Service", home.namespace):
        return ""
    return "Service" if caller_condition(subject, world) is not None else ""


RULE = Rule(
    code="PX302",
    slug="mtls-pair",
    summary="Clients and servers of one host disagree on mTLS, so calls fail.",
    severity=Severity.ERROR,
    kinds=("DestinationRule", "PeerAuthentication", *WORKLOADS),
    needs=("host", "mtls", "portLevelMtls", TLS_MODE),
    check=check,
    by_value=True,
    remedy="Give the server a PeerAuthentication with STRICT and its clients a DestinationRule with ISTIO_MUTUAL, or neither.",
    evidence=(
        "measured on Istio 1.31 with gRPC Python, Go and Java 1.85: ISTIO_MUTUAL alone and STRICT alone both fail",
        "matrix istio DestinationRule spec.trafficPolicy.tls.mode ISTIO_MUTUAL",
        "matrix istio PeerAuthentication spec.mtls.mode STRICT",
    ),
    reads=KINDS,
    fixes=("unsafe",),
)
