"""How proxies stand with istiod, by its own record: what it sent each and whether that was accepted.

Called by ``adapters.taken``. istiod answers who proves to be of a namespace for that namespace's proxies, and only for those that
are connected to this one of its pods. Needs the extra ``xds``.
"""

import queue
from typing import Any

import grpc
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from envoy.service.status.v3 import csds_pb2
from google.protobuf import json_format

from proxyless.adapters.ads_node import Proof, XdsNode, refused
from proxyless.errors import ClusterError
from proxyless.model.record import NamedTuple

_TYPE = "istio.io/debug/syncz"
SYNCED, STALE, ERROR, NOT_SENT = "SYNCED", "STALE", "ERROR", "NOT_SENT"
"""Accepted; sent and not answered yet; rejected; never asked for."""


class StreamState(NamedTuple):
    """One type of resource on one stream."""

    kind: str
    """Last part of its type, ``Listener``."""
    status: str
    error: str
    """The library's own text where it rejected the last answer."""


class XdsStream(NamedTuple):
    """One stream of a proxy; a pod can have several."""

    pod: str
    """``NAME.NAMESPACE``."""
    states: tuple[StreamState, ...]


def ask(address: str, node: XdsNode, proof: Proof, *, timeout: float = 5.0) -> tuple[XdsStream, ...]:
    """All streams that istiod tells this caller of.

    Raises:
        ClusterError: istiod cannot be reached, does not accept the caller, or says nothing.
    """
    metadata = {key: value for key, value in node.metadata().items() if key != "GENERATOR"}  # else gRPC's would answer
    request = discovery_pb2.DiscoveryRequest(type_url=_TYPE)
    json_format.ParseDict({"id": node.identity, "metadata": metadata}, request.node)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    requests.put(request)
    with proof.channel(address) as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        stream = stub.StreamAggregatedResources(iter(requests.get, None), metadata=proof.headers(), timeout=timeout)
        try:
            answer = next(stream, None)
        except grpc.RpcError as error:
            raise refused(address, error) from error
        finally:
            requests.put(None)
            stream.cancel()
    if answer is None:
        raise ClusterError(f"istiod at {address} ended the stream without a reason")
    return tuple(_stream(item) for item in answer.resources)


def _stream(packed: Any) -> XdsStream:
    config = csds_pb2.ClientConfig()
    packed.Unpack(config)
    found = (
        StreamState(
            item.type_url.rpartition(".")[2], csds_pb2.ConfigStatus.Name(item.config_status), item.error_state.details
        )
        for item in config.generic_xds_configs
    )
    return XdsStream(config.node.id, tuple(found))
