"""What one case of the measured matrix is: a configuration, calls, and what their results mean.

A case names the rows that it measures and builds its objects for a host of its own (`Place`). A client case is played by
every client library (`clients`), a server case by every server library (`servers`), and an istiod case by asking istiod
what it sends, with and without the field (`istiod`). `judge` sees results only: never which library made them, nor what
the table expects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxyless.matrix.verdict import Verdict

Manifest = dict[str, Any]
Result = dict[str, Any]
Answers = Sequence[Sequence[Result]]
"""Results of each call, in the order of the case's calls."""
PORT = 7070


@dataclass(frozen=True)
class Place:
    """Where a case is played: names that its objects use."""

    host: str
    """Name of its Service."""
    namespace: str
    run: str
    """Unique per run: part of ids that backends count by."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Addresses of pods, known only while the cluster runs; empty when only the table is asked."""

    @property
    def full(self) -> str:
        """Full name of the Service."""
        return f"{self.host}.{self.namespace}.svc.cluster.local"

    @property
    def target(self) -> str:
        """What clients dial."""
        return f"xds:///{self.full}:{PORT}"

    def fact(self, name: str) -> Any:
        """An address; a placeholder where no cluster runs."""
        return self.facts.get(name, "10.0.0.1")


@dataclass(frozen=True)
class Seen:
    """What was observed."""

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Call:
    """Calls of one client."""

    method: str = "Call"
    count: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    timeout: float = 10
    """Far more than any call takes, even on a busy machine."""
    target: Callable[[Place], str] | None = None
    parallel: int = 1
    """So many orders of ``count`` calls at the same time."""


Judge = Callable[[Answers], Seen]


@dataclass(frozen=True)
class ClientCase:
    """One field, seen by calls of clients."""

    name: str
    rows: tuple[str, ...]
    objects: Callable[[Place], list[Manifest]]
    calls: tuple[Call, ...]
    judge: Judge
    needs_tls: bool = False
    """Shows itself by TLS alone: not for libraries that have none from xDS."""
    secure: bool = False
    """Its Service leads to the xDS servers under STRICT in place of the plain backends."""
    service: dict[str, Any] = field(default_factory=dict)
    """Changes of the Service's spec; ``None`` for a key removes it."""
    no_service: bool = False
    languages: tuple[str, ...] = ()
    """Only these; empty: all."""
    counts: str = ""
    """Judge by how often the mirror backend saw each call: results get ``mirrored``."""


@dataclass(frozen=True)
class ServerCase:
    """One field of a policy, seen by calls to servers."""

    name: str
    rows: tuple[str, ...]
    objects: Callable[[Place], list[Manifest]]
    """Their selector is ``app: server``."""
    calls: tuple[Call, ...]
    settled: Callable[[Answers], bool]
    """Whether the results show that the policy is in force; asked until they do or time is up."""
    judge: Judge
    lane: str = "strict"
    """Servers under STRICT that clients call with ISTIO_MUTUAL; ``open``: servers without any policy."""
    signed: bool = False
    """A second policy shows that it has arrived: not for libraries that reject every policy."""
    plain: bool = False
    """Also call the pod's address without TLS: results after those of the calls."""


@dataclass(frozen=True)
class IstiodCase:
    """One field that istiod alone decides: what it sends with the field is compared with what it sends without.

    Without ``labels`` each side asks as a workload of its own, whose label ``app`` is its place's host.
    """

    name: str
    rows: tuple[str, ...]
    objects: Callable[[Place], list[Manifest]]
    without: Callable[[Place], list[Manifest]]
    labels: dict[str, str] = field(default_factory=dict)
    server: bool = False
    """Compare the listener of a server in place of a client's resources."""
    beside: tuple[str, ...] = ()
    """Hosts that both askers ask for besides their own, for fields that decide which hosts a client gets."""
    mesh: dict[str, Any] | None = None
    """Fields of MeshConfig; the objects are there with and without them."""
    restart: bool = False
    """istiod takes the field up only when it starts."""
    silent: bool = False
    """With the field istiod may send nothing, so no sign in it is waited for."""


def manifest(kind: str, name: str, place: Place, spec: dict[str, Any], **metadata: Any) -> Manifest:
    """An object of an Istio or Gateway API kind."""
    group = _GROUPS[kind]
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": name, "namespace": place.namespace} | metadata,
        "spec": spec,
    }


_NETWORKING, _SECURITY, _GATEWAY = "networking.istio.io/v1", "security.istio.io/v1", "gateway.networking.k8s.io/v1"
_GROUPS = {
    "VirtualService": _NETWORKING, "DestinationRule": _NETWORKING, "ServiceEntry": _NETWORKING,
    "Sidecar": _NETWORKING, "EnvoyFilter": "networking.istio.io/v1alpha3",
    "PeerAuthentication": _SECURITY, "AuthorizationPolicy": _SECURITY, "RequestAuthentication": _SECURITY,
    "Telemetry": "telemetry.istio.io/v1", "WasmPlugin": "extensions.istio.io/v1alpha1",
    "TrafficExtension": "extensions.istio.io/v1alpha1", "WorkloadEntry": _NETWORKING, "Gateway": _NETWORKING,
    "HTTPRoute": _GATEWAY, "GRPCRoute": _GATEWAY, "TCPRoute": _GATEWAY, "TLSRoute": _GATEWAY,
    "BackendTLSPolicy": _GATEWAY,
}  # fmt: skip


def virtual_service(place: Place, *http: dict[str, Any], **spec: Any) -> Manifest:
    """A VirtualService of the case's host."""
    return manifest("VirtualService", place.host, place, {"hosts": [place.full], "http": list(http)} | spec)


def rule(place: Place, policy: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    """A DestinationRule of the case's host with subsets v1 and v2."""
    subsets = [{"name": name, "labels": {"version": name}} for name in ("v1", "v2")]
    whole: dict[str, Any] = {"host": place.full, "subsets": subsets} | ({"trafficPolicy": policy} if policy else {})
    return manifest("DestinationRule", place.host, place, whole | spec)


def to(place: Place, subset: str = "v1", **more: Any) -> dict[str, Any]:
    """One destination of a route."""
    return {"destination": {"host": place.full, "subset": subset} | more.pop("destination", {})} | more


def route(place: Place, subset: str = "v1", **more: Any) -> dict[str, Any]:
    """A route to one subset."""
    return {"route": [to(place, subset)]} | more
