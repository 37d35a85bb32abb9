"""PX902: Dubbo and Kitex have no mTLS of the mesh, so STRICT is not enforced there, and ISTIO_MUTUAL clients fail."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_of_rule
from proxyless.lint.frameworks import OTHERS, frameworks_known, other_of, served_by, title
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import MtlsMode
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.traffic import levels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per policy or rule that demands mTLS of such workloads."""
    if subject.kind == "PeerAuthentication":
        yield from _policy(subject, world)
    else:
        yield from _rule(subject, world)


def _policy(subject: Resource, world: World) -> Iterator[Hit]:
    everywhere = subject.namespace == world.settings.root_namespace
    candidates = world.proxyless_workloads if everywhere else world.workloads_in(subject.namespace)
    labels = match_labels(subject)
    for framework in OTHERS if frameworks_known(world) else ():
        hit = [
            workload
            for workload in candidates
            if selects(labels, workload.labels)
            and other_of(workload, world) is framework
            and _strict(workload, subject, world)
        ]
        if hit:
            message = f"{title(framework)} has no mTLS of the mesh: STRICT is not enforced for {named(hit)}, and clients that obey it fail."
            yield Hit(("spec", "mtls", "mode"), message, related=tuple(workload.ref for workload in hit))


def _strict(workload: Workload, subject: Resource, world: World) -> bool:
    peer = peer_of(world, workload)[0]
    return peer.mode is MtlsMode.STRICT and peer.source is not None and peer.source.ref == subject.ref


def _rule(subject: Resource, world: World) -> Iterator[Hit]:
    wanted = [level for level in levels(subject) if mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL"]
    if not wanted or not frameworks_known(world):
        return
    for framework in OTHERS:
        behind = [
            workload
            for service in services_of_rule(subject, world)
            for workload in served_by(world, service, framework)
        ]
        if behind:
            for level in wanted:
                message = f"{title(framework)} servers speak plaintext: clients that send mTLS to {named(behind)} fail."
                yield Hit((*level.path, "tls", "mode"), message, remedy="Write mode: DISABLE.")


RULE = Rule(
    code="PX902",
    slug="framework-without-mtls",
    summary="mTLS is demanded of Dubbo or Kitex workloads, which have none.",
    severity=Severity.ERROR,
    kinds=("PeerAuthentication", "DestinationRule"),
    check=check,
    frameworks=OTHERS,
    remedy="Write mode: DISABLE for these workloads, and protect them by a NetworkPolicy.",
    evidence=("matrix frameworks mTLS", "failure modes I8 and J9"),
    reads=("Service",),
)
