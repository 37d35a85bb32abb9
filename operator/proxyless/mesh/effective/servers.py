"""The server's side: listener, TLS and authorization of one port of a workload. Pure; used by ``mesh``.

Source: ``buildInboundListeners`` in istiod's ``pilot/pkg/networking/grpcgen/lds.go``, ``GetProxyServiceTargets`` in
``pilot/pkg/serviceregistry/kube/controller/controller.go``, ``ListAuthorizationPolicies`` in ``pilot/pkg/model``.
"""

from collections.abc import Iterator, Sequence

from proxyless.mesh.age import age_order
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.peer import PeerMode, Speaks, effective_peer, server_speaks
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.service import ServicePort, container_ports, entry_ports, is_selected, ports_of, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

DENY_FILTER, ALLOW_FILTER = "envoy.filters.http.rbac.DENY", "envoy.filters.http.rbac"


class Reached(NamedTuple):
    """A Service port, or a ServiceEntry's, that leads to a port of a workload."""

    service: Resource
    port: ServicePort


class Server(NamedTuple):
    """One port of a workload as istiod configures it."""

    workload: Workload
    port: int
    listener: bool | None
    """Whether istiod sends a listener: only where a Service reaches the port. None: Services are not known."""
    reached: tuple[Reached, ...]
    """What leads to the port."""
    peer: PeerMode
    """The PeerAuthentication that decides, and where."""
    tls: bool
    """Whether it speaks mTLS, once there is a listener."""
    policies: tuple[Resource, ...]
    """AuthorizationPolicies that are enforced: ALLOW and DENY with rules, those of the root namespace first."""

    @property
    def filters(self) -> tuple[str, ...]:
        """Names of the RBAC filters that are sent."""
        actions = {action_of(policy) for policy in self.policies}
        wanted = (("DENY", DENY_FILTER), ("ALLOW", ALLOW_FILTER))
        return tuple(name for action, name in wanted if action in actions)


def action_of(policy: Resource) -> str:
    """``spec.action`` of an AuthorizationPolicy, ALLOW where it names none."""
    return str(policy.spec.get("action") or "ALLOW")


class Servers:
    """Servers of a snapshot; policies and Services are looked up by namespace."""

    def __init__(self, snapshot: Snapshot, workloads: Workloads, root_namespace: str) -> None:
        self._snapshot = snapshot
        self._workloads = workloads
        self._root = root_namespace
        self._targets: dict[Workload, dict[int, tuple[Reached, ...]]] = snapshot.cache()

    def targets(self, workload: Workload) -> dict[int, tuple[Reached, ...]]:
        """Ports of a workload that Services reach, with what reaches them."""
        known = self._targets.get(workload)
        if known is None:
            found: dict[int, list[Reached]] = {}
            for number, reached in self._reaching(workload):
                found.setdefault(number, []).append(reached)
            known = self._targets[workload] = {number: tuple(items) for number, items in found.items()}
        return known

    def _reaching(self, workload: Workload) -> Iterator[tuple[int, Reached]]:
        for service in self._snapshot.of_kind("Service", workload.namespace):
            if is_selected(service, workload):
                for port in ports_of(service):
                    number = target_on(port, workload)
                    if number is not None:
                        yield number, Reached(service, port)
        for entry in self._snapshot.of_kind("ServiceEntry", workload.namespace):
            selector = mapping(mapping(entry.spec.get("workloadSelector")).get("labels"))
            if selector and selects(selector, workload.labels):
                for port in entry_ports(entry):
                    if isinstance(port.target, int):
                        yield port.target, Reached(entry, port)

    def ports(self, workload: Workload) -> list[int]:
        """Ports worth asking for: those that Services reach and those that containers declare."""
        return sorted({*self.targets(workload), *container_ports(workload)})

    def server(self, workload: Workload, port: int) -> Server:
        """One port of a workload."""
        reached = self.targets(workload).get(port, ())
        known = bool(reached) or self._snapshot.knows("Service", workload.namespace)
        peer = effective_peer(
            self._of("PeerAuthentication", workload),
            labels=workload.labels,
            namespace=workload.namespace,
            root_namespace=self._root,
            port=port,
        )
        return Server(
            workload,
            port,
            bool(reached) if known else None,
            reached,
            peer,
            server_speaks(peer.mode, workload.labels) is Speaks.TLS,
            tuple(item for item in self.policies(workload) if sequence(item.spec.get("rules"))),
        )

    def _of(self, kind: str, workload: Workload) -> Sequence[Resource]:
        own = self._snapshot.of_kind(kind, workload.namespace)
        return own if workload.namespace == self._root else (*self._snapshot.of_kind(kind, self._root), *own)

    def policies(self, workload: Workload) -> Iterator[Resource]:
        """ALLOW and DENY policies that select a workload, those without rules among them: istiod sends a gRPC server no
        filter for such a one, so that it allows all, while a sidecar denies all.
        """
        found = sorted(
            self._of("AuthorizationPolicy", workload), key=lambda item: (item.namespace != self._root, *age_order(item))
        )
        for policy in found:
            aimed = policy.spec.get("targetRefs") or policy.spec.get("targetRef")
            chosen = not aimed and selects(match_labels(policy), workload.labels)
            if chosen and action_of(policy) in ("ALLOW", "DENY"):
                yield policy


def rules_of(policy: Resource) -> list[dict[str, object]]:
    """The rules of an AuthorizationPolicy."""
    return [mapping(item) for item in sequence(policy.spec.get("rules"))]
