"""PX130: a policy, DestinationRule or route rests on pods that run without the agent, where it is not in effect.

What is asked for is judged by other rules; this one speaks of the pods that are there now.
"""

from collections.abc import Callable, Iterator

from proxyless.lint.authorization import reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.running import COUNTS, Lack, bare_among, cure, may_lack
from proxyless.lint.servers import grpc_workloads, listeners_of, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import MtlsMode, PeerMode
from proxyless.mesh.selector import match_labels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Ref, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field and workload. Only workloads that the object is for are looked at, not all that lack the agent."""
    yield from _CHECKS[subject.kind](subject, world)


def _hit(world: World, lack: Lack, path: FieldPath, effect: str) -> Hit:
    text, command = cure(lack.workload, world)
    words = lack.bare_words
    message = f"{words[0].upper()}{words[1:]}: {effect}."
    return Hit(path, message, text, related=(lack.workload.ref,), command=command, deny=False)


def _peer_authentication(subject: Resource, world: World) -> Iterator[Hit]:
    """Servers that this policy makes STRICT."""
    for lack in bare_among(_selected(subject, world), world):
        modes = _modes(world, lack.workload)
        strict = next((peer for peer in modes if peer.source is subject and peer.mode is MtlsMode.STRICT), None)
        if strict is not None:
            yield _hit(world, lack, strict.path, f"{lack.serve} plaintext, STRICT is not in effect there")


def _selected(policy: Resource, world: World) -> Iterator[Ref]:
    return (item.ref for item in grpc_workloads(world, policy.namespace, match_labels(policy)))


def _modes(world: World, workload: Workload) -> Iterator[PeerMode]:
    """The mode of each port that a Service reaches, and of the workload as a whole."""
    yield from (item.peer for item in listeners_of(world, workload))
    yield peer_of(world, workload)[0]


def _authorization_policy(subject: Resource, world: World) -> Iterator[Hit]:
    """Servers that this policy selects."""
    if reaching(subject, world) is None:
        return
    for lack in bare_among(_selected(subject, world), world):
        yield _hit(world, lack, ("spec",), "no policy is enforced there, every call gets in")


def _virtual_service(subject: Resource, world: World) -> Iterator[Hit]:
    """Clients whose calls these routes take."""
    from proxyless.lint.route_calls import routed_calls  # noqa: PLC0415  the model is loaded only where pods lack the agent

    callers = {item.ref: None for entry in routed_calls(subject, world) for item in entry.call.callers}
    for lack in bare_among(callers, world):
        yield _hit(world, lack, ("spec",), "none of these routes is in effect there")


def _destination_rule(subject: Resource, world: World) -> Iterator[Hit]:
    """Clients that this rule is for, and servers that its clients call by mTLS."""
    from proxyless.lint.resting import clients_of, servers_of  # noqa: PLC0415  likewise

    clients = clients_of(subject, world)
    for lack in bare_among(clients | servers_of(subject, world), world):
        if lack.workload.ref in clients:
            yield _hit(world, lack, ("spec",), "nothing of this rule is in effect there")
        else:
            yield _hit(world, lack, ("spec",), f"{lack.serve} plaintext, and calls by ISTIO_MUTUAL fail there")


_CHECKS: dict[str, Callable[[Resource, World], Iterator[Hit]]] = {
    "PeerAuthentication": _peer_authentication,
    "DestinationRule": _destination_rule,
    "AuthorizationPolicy": _authorization_policy,
    "VirtualService": _virtual_service,
}


RULE = Rule(
    code="PX130",
    slug="rests-on-pods-without-agent",
    summary="A policy or rule is not in effect in pods that run without the agent.",
    severity=Severity.ERROR,
    kinds=tuple(_CHECKS),
    check=check,
    awake=may_lack,
    remedy="Replace the pods, with `kubectl rollout restart` where their owner knows it.",
    evidence=("failure mode A6", "measured: pods older than the namespace's label serve plaintext under STRICT"),
    reads=(*COUNTS, "Service", "ServiceEntry", "HTTPRoute", "GRPCRoute", "Sidecar", "MeshConfig"),
)
