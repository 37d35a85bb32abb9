"""Client of istiod's xDS server that asks as a proxyless workload would: LDS, RDS, CDS and EDS over one ADS stream, state of the world.

    with Observer("127.0.0.1:15010", XdsNode("shop")) as observer:
        seen = observer.observe(["echo.shop.svc.cluster.local:7070"])
        seen.clusters["outbound|7070||echo.shop.svc.cluster.local"]

Called by ``proxyless xds`` and by tests. Needs the extra ``xds``. Every answer is accepted (ACK): what a gRPC library
would reject is for the reader to tell.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import grpc
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import json_format

from proxyless.adapters import ads_decode as decode
from proxyless.adapters.ads_node import Proof, XdsNode, refused
from proxyless.errors import ClusterError, InputError

INBOUND = "xds.istio.io/grpc/lds/inbound/"
"""Name of a server's listener without its address, as Istio's bootstrap has it."""
_STEPS: tuple[tuple[str, str, Callable[[Any], list[str]]], ...] = (
    (decode.LISTENER, "Listener", decode.route_names),
    (decode.ROUTE, "RouteConfiguration", decode.cluster_names),
    (decode.CLUSTER, "Cluster", decode.endpoint_names),
    (decode.ENDPOINTS, "ClusterLoadAssignment", lambda _: []),
)
_WATCH = 0.3
"""Seconds; grpc's thread that watches a channel looks up every 0.2 s, and fails where the channel is closed meanwhile."""


@dataclass(slots=True)
class Observation:
    """What istiod sent, decoded to JSON values, by name."""

    listeners: dict[str, Any] = field(default_factory=dict)
    routes: dict[str, Any] = field(default_factory=dict)
    clusters: dict[str, Any] = field(default_factory=dict)
    endpoints: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """``Cluster outbound|...``: asked for and never sent."""

    def plain(self) -> dict[str, Any]:
        """The observation as JSON values, for output."""
        return {
            "listeners": self.listeners,
            "routes": self.routes,
            "clusters": self.clusters,
            "endpoints": self.endpoints,
            "missing": self.missing,
        }


class Observer:
    """One ADS stream. Use it from one thread; close it after use."""

    def __init__(self, address: str, node: XdsNode, proof: Proof | None = None, *, timeout: float = 5.0) -> None:
        """Opens nothing yet.

        Args:
            address: istiod, ``host:port``.
            node: in whose place it asks.
            proof: certificate or token; None: plaintext.
            timeout: seconds for each answer of istiod.
        """
        proof = proof or Proof()
        self._address = address
        self._node = node
        self._timeout = timeout
        self._channel = proof.channel(address)
        self._headers = proof.headers()
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._responses: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stream: Any = None
        self._watched = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the stream."""
        self._requests.put(None)
        if self._stream is not None:
            self._stream.cancel()
        if self._watched:
            time.sleep(_WATCH)
        self._channel.close()

    def observe(self, targets: Sequence[str], *, server: str = "") -> Observation:
        """Asks istiod for everything that a client of these targets, and a server at an address, would get.

        Args:
            targets: as behind ``xds:///``, ``host:port`` with the full name of the service.
            server: ``ip:port`` that a server listens on, ``0.0.0.0:8080`` for every address; empty: no server.

        Raises:
            ClusterError: istiod cannot be reached, does not accept the caller, or ended the stream.
            InputError: nothing was asked for.
        """
        wanted = [*targets, *([INBOUND + server] if server else [])]
        if not wanted:
            raise InputError("name at least one target (host:port) or a server port")
        seen = Observation()
        for (kind, title, next_names), into in zip(
            _STEPS, (seen.listeners, seen.routes, seen.clusters, seen.endpoints), strict=True
        ):
            found = self._ask(kind, wanted) if wanted else []
            named = {decode.name_of(item): item for item in found}
            into.update({name: decode.plain(item) for name, item in named.items() if name in wanted})
            seen.missing += [f"{title} {name}" for name in wanted if name not in named]
            wanted = list(dict.fromkeys(name for item in named.values() for name in next_names(item)))
        return seen

    def _ask(self, kind: str, names: Sequence[str]) -> list[Any]:
        """Subscribe to names of one type, and return what the first answer for it holds (nothing where none comes)."""
        request = discovery_pb2.DiscoveryRequest(type_url=kind, resource_names=names)
        json_format.ParseDict({"id": self._node.identity, "metadata": self._node.metadata()}, request.node)
        self._requests.put(request)
        response = self._answer(kind)
        if response is None:
            return []
        self._requests.put(
            discovery_pb2.DiscoveryRequest(
                type_url=kind,
                resource_names=names,
                version_info=response.version_info,
                response_nonce=response.nonce,
            )
        )
        return [decode.unpacked(item) for item in response.resources]

    def _answer(self, kind: str) -> Any | None:
        """The next response of a type, None where none comes; others, pushed meanwhile, are passed over."""
        if self._stream is None:
            self._start()
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                came = self._responses.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(came, grpc.RpcError):
                raise refused(self._address, came) from came
            if came is None:
                raise ClusterError(f"istiod at {self._address} ended the stream without a reason")
            if came.type_url == kind:
                return came
        if not self._connected():
            raise ClusterError(
                f"istiod at {self._address} cannot be reached within {self._timeout:g} s; port 15010 is plaintext, 15012 TLS"
            )
        return None

    def _connected(self) -> bool:
        """Whether there is a connection; asked only after a silence, since it costs a thread of grpc's."""
        self._watched = True
        ready = grpc.channel_ready_future(self._channel)
        try:
            ready.result(timeout=_WATCH)
        except grpc.FutureTimeoutError:
            return False
        finally:
            ready.cancel()
        return True

    def _start(self) -> None:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(self._channel)
        self._stream = stub.StreamAggregatedResources(self._outgoing(), metadata=self._headers)
        threading.Thread(target=self._read, args=(self._stream,), name="ads", daemon=True).start()

    def _read(self, stream: Any) -> None:
        try:
            for response in stream:
                self._responses.put(response)
            self._responses.put(None)
        except grpc.RpcError as error:
            self._responses.put(error)

    def _outgoing(self) -> Iterator[Any]:
        while (request := self._requests.get()) is not None:
            yield request
