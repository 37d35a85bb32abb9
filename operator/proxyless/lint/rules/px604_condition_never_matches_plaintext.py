"""PX604: a plaintext connection carries no identity, so conditions on the caller's identity never hold."""

from collections.abc import Iterator

from proxyless.lint.authorization import RequestCondition, action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, listeners_of, named, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import PeerMode, Speaks, server_speaks
from proxyless.mesh.selector import match_labels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_IDENTITY = ("principals", "namespaces", "serviceAccounts", "trustDomains")
_KEYS = ("source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition on the caller's identity where a selected server speaks plaintext."""
    found = [item for item in conditions(subject) if item.name in (_KEYS if item.is_when else _IDENTITY)]
    if not found or action_of(subject) not in ("ALLOW", "DENY") or reaching(subject, world) is None:
        return
    plain: list[Workload] = []
    sources: dict[PeerMode, bool] = {}
    for workload in grpc_workloads(world, subject.namespace, match_labels(subject)):
        for peer, certain in _modes(world, workload):
            if server_speaks(peer.mode, workload.labels) is Speaks.PLAINTEXT:
                plain.append(workload)
                sources[peer] = sources.get(peer, True) and certain
    if not plain:
        return
    doubt = "" if any(sources.values()) else "no other PeerAuthentication sets STRICT for it"
    for condition in found:
        yield _hit(subject, condition, plain, next(iter(sources)), doubt)


def _modes(world: World, workload: Workload) -> Iterator[tuple[PeerMode, bool]]:
    """The mode of each port that a Service reaches, else of the workload as a whole."""
    reached = [(item.peer, item.certain) for item in listeners_of(world, workload)]
    yield from reached or [peer_of(world, workload)]


def _hit(subject: Resource, condition: RequestCondition, plain: list[Workload], peer: PeerMode, doubt: str) -> Hit:
    why = f"{peer.source.ref} says {peer.mode.value}" if peer.source else "no PeerAuthentication says STRICT"
    word = "key" if condition.is_when else "field"
    return Hit(
        condition.path,
        f"{named(plain)} speaks plaintext ({why}), where no caller has an identity: "
        f"the {word} {condition.path[-1] if not condition.is_when else condition.name} {never(subject, condition)}.",
        applies=doubt,
        related=tuple(dict.fromkeys([*([peer.source.ref] if peer.source else []), plain[0].ref])),
        deny=False,
    )


RULE = Rule(
    code="PX604",
    slug="condition-never-matches-plaintext",
    summary="A rule asks for the caller's identity at a server that speaks plaintext.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    needs=(
        "principals",
        "notPrincipals",
        "namespaces",
        "notNamespaces",
        "serviceAccounts",
        "notServiceAccounts",
        "trustDomains",
        "notTrustDomains",
        "when",
    ),
    remedy="Make the server STRICT with a PeerAuthentication and its clients ISTIO_MUTUAL with a DestinationRule.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].from[].source.principals[]",
        "matrix istio AuthorizationPolicy spec.rules[].from[].source.namespaces[]",
        "measured: C-core says `Unauthorized RPC rejected`, Go `incoming RPC did not match an allow policy`",
    ),
    reads=("PeerAuthentication", "Service"),
)
