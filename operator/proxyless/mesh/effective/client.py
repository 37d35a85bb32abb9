"""What istiod sends one class of clients: listeners, routes, clusters and endpoints. Pure; made by ``mesh``.

A class is a namespace, the Sidecar that counts, and the labels that selectors look at: all its clients get the same.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from proxyless.mesh.dial import dialed_host
from proxyless.mesh.effective import clusters
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.endpoints import Endpoints, endpoints_of
from proxyless.mesh.effective.hidden import Hidden, hidden
from proxyless.mesh.effective.hosts import Routed, RouteQuery, VirtualHost, routed
from proxyless.mesh.effective.scope import SidecarScope, VisibleHost
from proxyless.mesh.effective.sidecars import ChosenSidecar
from proxyless.model.record import NamedTuple

if TYPE_CHECKING:
    from proxyless.mesh.effective.parts import Parts


class ClassKey(NamedTuple):
    """Key of a class of clients."""

    namespace: str
    labels: tuple[tuple[str, object], ...]
    """Only those that a selector of a Sidecar, DestinationRule or VirtualService asks for."""


class Target(NamedTuple):
    """A host and port as one class of clients gets it."""

    host: str
    """Full host."""
    port: int
    listener: bool | None
    """Whether istiod sends a listener, so that the name resolves at all. None: ``hidden`` says what is not known."""
    seen: VisibleHost | None
    """The host as the client finds it, None where it does not."""
    hidden: Hidden | None
    """Why there is no listener, or what would have to be known; None where there is one."""
    routed: Routed
    virtual_host: VirtualHost | None
    """What takes calls; None: no routes are sent, so that all calls fail."""

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """Clusters that its routes name, each once, in order."""
        routes = self.virtual_host.routes if self.virtual_host is not None else ()
        return tuple(dict.fromkeys(item.name for route in routes for item in route.clusters))


class ClientClass:
    """One class of clients. Ask :meth:`target`, then :meth:`cluster` for each of its clusters. Answers are kept."""

    def __init__(self, parts: "Parts", key: ClassKey, chosen: ChosenSidecar, scope: SidecarScope) -> None:
        self._parts = parts
        self.key: Final = key
        self.namespace: Final = key.namespace
        self.labels: Final[Mapping[str, object]] = dict(key.labels)
        """Labels that selectors look at, and no others."""
        self.sidecar: Final = chosen
        self.scope: Final = scope
        self._targets: dict[tuple[str, int], Target] = parts.snapshot.cache()
        self._clusters: dict[str, Cluster] = parts.snapshot.cache()
        self._endpoints: dict[str, Endpoints] = parts.snapshot.cache()

    def __repr__(self) -> str:
        return f"<clients of {self.namespace} with {self.labels}>"

    # -- hosts --------------------------------------------------------------------------------------------------

    def dialed(self, target: str) -> Target | None:
        """What a client gets for a dialed target (the text after ``xds:///``); None: it names no port, so istiod sends nothing."""
        dialed = dialed_host(target, self.namespace, self._parts.options.domain)
        if dialed.port is None:
            return None
        literal = target.rpartition(":")[0]
        host = literal if self.scope.service(literal) is not None else dialed.host
        found = self.target(host, dialed.port)
        if host != literal and found.virtual_host is not None and not found.virtual_host.is_service:
            return found._replace(virtual_host=None)  # only a Service's own routes know its short names
        return found

    def target(self, host: str, port: int) -> Target:
        """What a client gets for a full host and a port."""
        known = self._targets.get((host, port))
        if known is None:
            known = self._targets[host, port] = self._target(host, port)
        return known

    def _target(self, host: str, port: int) -> Target:
        seen = self.scope.service(host)
        if seen is None or seen.port(port) is None:
            why = hidden(self.scope, self.is_known, seen, host, port)
            return Target(host, port, None if why.is_unknown else False, seen, why, Routed(()), None)
        answer = routed(RouteQuery(self.scope, self.labels, host, port))
        return Target(host, port, True, seen, None, answer, answer.of(host))

    def dialable(self) -> Iterator[tuple[str, int]]:
        """Every host and port that has a listener for these clients; looks at the whole mesh."""
        for host in self._parts.registry:
            seen = self.scope.service(host)
            if seen is not None and not host.startswith("*"):
                for number in sorted({port.number for port in seen.ports}):
                    yield host, number

    # -- clusters -----------------------------------------------------------------------------------------------

    def cluster(self, name: str) -> Cluster:
        """A cluster by its name ``outbound|port|subset|host``, also one that does not exist."""
        known = self._clusters.get(name)
        if known is None:
            known = self._clusters[name] = self._cluster(name)
        return known

    def _cluster(self, name: str) -> Cluster:
        parts = clusters.parse(name)
        if parts is None:
            return Cluster(clusters.Name(0, "", name), False, f"{name} is no cluster of a Service")
        seen = self.scope.service(parts.host)
        if seen is None or seen.port(parts.port) is None:
            why = hidden(self.scope, self.is_known, seen, parts.host, parts.port)
            return Cluster(parts, None if why.is_unknown else False, why.reason, seen)
        answers = self._parts.destination_rules.answers(
            parts.host,
            service_namespace=seen.registered.namespace,
            client_namespace=self.namespace,
            labels=self.labels,
        )
        effective = self._parts.destination_rules.effective(
            parts.host,
            service_namespace=seen.registered.namespace,
            client_namespace=self.namespace,
            labels=self.labels,
        )
        shadowed = tuple(item for item in answers if effective is None or item.rule.rules != effective.rule.rules)
        return clusters.of_host(parts, seen, effective, shadowed)

    def clusters_of(self, host: str, port: int) -> tuple[Cluster, ...]:
        """The cluster of a host and port and those of its subsets."""
        plain = self.cluster(str(clusters.Name(port, "", host)))
        subsets = plain.answer.rule.subsets if plain.exists and plain.answer is not None else ()
        names = dict.fromkeys(subset.name for subset in subsets)
        return (plain, *(self.cluster(str(clusters.Name(port, name, host))) for name in names))

    def endpoints(self, name: str) -> Endpoints:
        """Endpoints of a cluster; none where it does not exist."""
        known = self._endpoints.get(name)
        if known is None:
            cluster = self.cluster(name)
            if not cluster.exists or cluster.seen is None or cluster.port is None:
                known = Endpoints((), cluster.reason if cluster.exists is None else "")
            else:
                known = endpoints_of(
                    cluster.seen.registered, cluster.port, self._parts.registry, self._parts.workloads
                ).of_subset(cluster.subset.labels if cluster.subset is not None else {})
            self._endpoints[name] = known
        return known

    def is_known(self, host: str) -> bool:
        """Whether a host that no object registers certainly does not exist."""
        return self._parts.is_known(host)
