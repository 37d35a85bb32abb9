"""One call in a world: who makes it, what it dials, and what the model says of that. Made by ``answer``; decides nothing."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from proxyless.lint.in_effect import enforces, mesh_of, party_now
from proxyless.lint.running import Lack, lack_at
from proxyless.lint.why.waypoints import WAYPOINT, Waypoint, waypoint_of
from proxyless.lint.world import World
from proxyless.mesh.dial import Dialed, dialed_host
from proxyless.mesh.effective.call import Call, Tried
from proxyless.mesh.effective.call_ends import ClientCall, Code, End, Sides, account_of, address_of, ends, routes_tried
from proxyless.mesh.effective.call_verdict import Because
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.gateways import gateway_target, gateways_of, is_gateway, not_computed
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.pair import Party
from proxyless.mesh.pod.running import Beside
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client, Framework
from proxyless.model.resource import Ref, Resource
from proxyless.model.truth import Truth

_NAMES = {Party.PROXYLESS: "proxyless", Party.ENVOY: "sidecar", Party.AMBIENT: "ambient", Party.PLAIN: "outside"}


class Question:
    """One call; answers are made as they are asked for.

    Args:
        world: everything that is known.
        workload: who calls.
        dialed: the text behind ``xds:///``.
        call: method and metadata.
        by_xds: whether the target is written with its scheme, so that a gRPC library is meant to ask istiod for it.
    """

    def __init__(self, world: World, workload: Workload, dialed: str, call: Call, *, by_xds: bool = True) -> None:
        self.world: Final = world
        self._by_xds = by_xds
        self.workload: Final = workload
        self.dialed: Final = dialed
        self.call: Final = call._replace(language=world.client_of(workload).language)

    @cached_property
    def mesh(self) -> Mesh:
        """The model of the whole mesh."""
        return mesh_of(self.world)

    @cached_property
    def gateways(self) -> tuple[Resource, ...]:
        """Gateways that the workload serves; of a proxyless one none."""
        return () if self.world.is_proxyless(self.workload) else gateways_of(self.world.snapshot, self.workload)

    @cached_property
    def caller(self) -> Party:
        """What calls: an Envoy, where the workload is a gateway or its sidecar takes a plain name; else a gRPC library."""
        if not self.world.is_proxyless(self.workload) and is_gateway(self.world.snapshot, self.workload):
            return Party.ENVOY
        if self._by_xds or self.world.is_proxyless(self.workload):
            return Party.PROXYLESS
        return self.party(self.workload) or Party.PROXYLESS

    @cached_property
    def waypoint(self) -> Waypoint | None:
        """The waypoint that takes the calls of an ambient client."""
        seen = self.target.seen if self.target is not None and self.caller is Party.AMBIENT else None
        return waypoint_of(self.world, seen.registered.resource) if seen is not None else None

    @cached_property
    def client(self) -> ClientClass:
        """The class of clients that the workload is of."""
        namespace, labels = self.workload.namespace, self.workload.labels
        if self.caller in (Party.AMBIENT, Party.PLAIN):
            return self.mesh.direct_client(namespace)
        if self.is_gateway:
            return self.mesh.gateway_client(namespace, labels)
        return self.mesh.client(namespace, labels)

    @property
    def party_name(self) -> str:
        """What calls, in one word of the JSON answer."""
        return "gateway" if self.is_gateway else _NAMES[self.caller]

    @property
    def is_gateway(self) -> bool:
        """Whether it is a gateway that calls."""
        return self.caller is Party.ENVOY and is_gateway(self.world.snapshot, self.workload)

    @cached_property
    def library(self) -> Client:
        """The library of the client as far as it tells."""
        return self.world.client_of(self.workload)

    @cached_property
    def address(self) -> Dialed:
        """Host and port that the target means."""
        return dialed_host(self.dialed, self.workload.namespace, self.mesh.options.domain)

    @cached_property
    def target(self) -> Target | None:
        """What the client gets; None: the target names no port."""
        if self.is_gateway:
            host, _, port = self.dialed.rpartition(":")
            if not host or not port.isdecimal():
                return None
            if not self.gateways:
                return not_computed(self.workload, host, int(port))
            return gateway_target(self.mesh, self.client, self.gateways, host.lower(), int(port))
        if self.caller is not Party.PROXYLESS:
            host, _, port = self.dialed.rpartition(":")
            return self.client.target(self._found_by_dns(host), int(port)) if host and port.isdecimal() else None
        return self.client.dialed(self.dialed)

    def _found_by_dns(self, name: str) -> str:
        """The host that a name means to the pod's resolver, which completes it; itself where none is known."""
        domain = self.mesh.options.domain
        ends_with = (f"{self.workload.namespace}.svc.{domain}", f"svc.{domain}", domain)
        hosts = (name, *(f"{name}.{end}" for end in ends_with))
        return next((host for host in hosts if self.mesh.registry.of(host)), name)

    @cached_property
    def tried(self) -> tuple[Tried, ...]:
        """Its routes, with what becomes of the call at each."""
        return routes_tried(self.target, self.call) if self.target is not None else ()

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """Where the call can end, as if the client had its agent; none without a port."""
        if self.target is None:
            return ()
        workload = self.workload
        asked = ClientCall(self.call, workload.namespace, account_of(workload), address_of(workload), self.dialed)
        if self.waypoint is not None:
            words = f"{self.waypoint.words} takes the call: what it routes, enforces and sends on is not computed"
            return (End(Code.UNKNOWN, Because(words, self.waypoint.holder, ("metadata", "labels", WAYPOINT))),)
        found = ends(self.mesh, self.client, self.target, asked, Sides(self.party, self.enforces, self.caller))
        bare = self._bare(found)
        if bare:
            plain = ends(
                self.mesh, self.client, self.target, asked, Sides(self._party_of_bare, self.enforces, self.caller)
            )
            found = (*(end for end in found if not _is_all(bare, end)), *self._of_bare(plain, bare))
        return tuple(map(self._of_framework, found))

    def _bare(self, found: Iterable[End]) -> Mapping[Ref, Lack]:
        """Servers among the ends of which some pods run without agent and without Envoy."""
        refs = {end.server.workload.ref for end in found if end.server is not None}
        return {ref: lack for ref in refs if (lack := lack_at(ref, self.world)) is not None and lack.bare}

    def _party_of_bare(self, workload: Workload) -> Party | None:
        lack = lack_at(workload.ref, self.world)
        return Party.PLAIN if lack is not None and lack.bare else self.party(workload)

    def _of_bare(self, found: Iterable[End], bare: Mapping[Ref, Lack]) -> Iterator[End]:
        """The ends at pods that lack the agent."""
        for end in found:
            lack = None if end.server is None else bare.get(end.server.workload.ref)
            if lack is None:
                continue
            speaks = end.cluster is not None and end.cluster.tls
            words = f"{lack.bare_words}: {lack.serve} plaintext" + (", and the client speaks mTLS" if speaks else "")
            yield end._replace(because=Because(words, lack.workload.resource, lack.path))

    def _of_framework(self, end: End) -> End:
        """The end at a server that reads xDS by another framework than gRPC: what it speaks is not computed."""
        if end.server is None or self.party(end.server.workload) is not Party.PROXYLESS:
            return end
        workload = end.server.workload
        framework = self.world.client_of(workload).framework
        if framework is Framework.GRPC:
            return end
        words = f"what {workload.ref} speaks: it uses {framework.value.capitalize()}, which takes less from istiod than gRPC"
        because = Because(words, workload.resource, (*workload.path, "metadata"))
        return end._replace(code=Code.UNKNOWN, because=because, access=None)

    def party(self, workload: Workload) -> Party | None:
        """What a workload is to its callers."""
        return party_now(self.world, workload)

    def enforces(self, workload: Workload) -> Truth:
        """Whether the library of a server enforces policies."""
        return enforces(self.world, workload)

    def policies_around(self, workload: Workload) -> Iterator[Resource]:
        """All AuthorizationPolicies that select a workload or are aimed at what is in front of it, enforced or not."""
        root = self.mesh.options.root_namespace
        for namespace in dict.fromkeys((root, workload.namespace)):
            for policy in self.world.seen("AuthorizationPolicy", namespace):
                if selects(match_labels(policy), workload.labels):
                    yield policy


def _is_all(bare: Mapping[Ref, Lack], end: End) -> bool:
    """Whether no pod behind an end has the agent."""
    lack = None if end.server is None else bare.get(end.server.workload.ref)
    return lack is not None and Beside.AGENT not in lack.running.numbers
