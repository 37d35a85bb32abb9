"""Asks istiod by ADS as each client and server of many meshes, a few streams at a time. Plaintext port only.

Why not the product's observer: that asks step by step as a gRPC library does, with two threads for each stream. Here thousands of
streams an hour are opened, and all names that may matter are asked for at once.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import json_format

from differential import ask_envoys, facts
from differential.mesh import Client, Mesh, Server
from lab.errors import LabError
from proxyless.adapters import ads_decode as decode
from proxyless.adapters.ads import INBOUND
from proxyless.adapters.ads_node import XdsNode

_AT_ONCE = 16
_CHANNELS = 4
_PATIENCE = 20.0
"""Seconds for an answer: istiod may be computing a push for many."""
SUBSETS = ("", "v1", "v2", "all")


def ask(address: str, meshes: Sequence[Mesh], *, envoys: bool = False) -> list[dict[str, Any]]:
    """Facts of each mesh, as istiod at an address tells them now; ``envoys``: also as an Envoy in each client's place.

    Raises LabError where it does not answer.
    """
    return asyncio.run(_ask(address, meshes, envoys=envoys))


async def _ask(address: str, meshes: Sequence[Mesh], *, envoys: bool) -> list[dict[str, Any]]:
    channels = [
        grpc.aio.insecure_channel(
            address, options=(("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))
        )
        for _ in range(_CHANNELS)
    ]
    stubs = [ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel) for channel in channels]
    turn = asyncio.Semaphore(_AT_ONCE)
    number = 0

    async def one(work: Any, *arguments: Any) -> Any:
        nonlocal number
        async with turn:
            number += 1
            return await work(stubs[number % _CHANNELS], *arguments)

    try:
        found = await asyncio.gather(
            *(
                asyncio.gather(
                    asyncio.gather(*(one(_client, client, mesh, envoys) for client in mesh.clients)),
                    asyncio.gather(*(one(_server, server) for server in mesh.servers)),
                )
                for mesh in meshes
            )
        )
    except (grpc.aio.AioRpcError, TimeoutError) as error:
        raise LabError(f"istiod at {address} does not answer: {error!r}") from error
    finally:
        for channel in channels:
            await channel.close()
    return [
        {
            "clients": {client.key: told for client, told in zip(mesh.clients, clients, strict=True)},
            "servers": {server.key: told for server, told in zip(mesh.servers, servers, strict=True)},
        }
        for mesh, (clients, servers) in zip(meshes, found, strict=True)
    ]


class _Stream:
    """One ADS stream of one node."""

    def __init__(self, stub: Any, node: XdsNode) -> None:
        self._call = stub.StreamAggregatedResources()
        self._node = node
        self._sent = False

    async def ask(self, wanted: dict[str, Iterable[str]]) -> dict[str, dict[str, Any]]:
        """Ask for names of several types at once; the first answer for each, by type and name."""
        for kind, names in wanted.items():
            request = discovery_pb2.DiscoveryRequest(type_url=kind, resource_names=list(names))
            if not self._sent:
                json_format.ParseDict({"id": self._node.identity, "metadata": self._node.metadata()}, request.node)
                self._sent = True
            await self._call.write(request)
        found: dict[str, dict[str, Any]] = {}
        while found.keys() < wanted.keys():
            response = await asyncio.wait_for(self._call.read(), _PATIENCE)
            if response is grpc.aio.EOF:
                raise LabError("istiod ended a stream")
            if response.type_url in wanted:
                items = [decode.unpacked(item) for item in response.resources]
                found.setdefault(response.type_url, {decode.name_of(item): item for item in items})
        return found

    def close(self) -> None:
        """End it."""
        self._call.cancel()


async def _client(stub: Any, client: Client, mesh: Mesh, envoys: bool) -> dict[str, Any]:
    """What a client is told about each target, and about each cluster that a route of it names."""
    targets = mesh.targets
    asked = [
        f"outbound|{port}|{subset}|{host.name}" for host in mesh.hosts for port in host.ports for subset in SUBSETS
    ]
    stream = _Stream(stub, XdsNode(client.namespace, client.name, client.address, client.labels))
    try:
        first = await stream.ask(
            {
                decode.LISTENER: [*targets, *mesh.shorts],
                decode.ROUTE: [_route_name(target) for target in targets],
                decode.CLUSTER: asked,
            }
        )
        listeners, configs, clusters = first[decode.LISTENER], first[decode.ROUTE], first[decode.CLUSTER]
        routed = [target for target in targets if target in listeners and _route_name(target) in configs]
        led = {name for target in routed for name in decode.cluster_names(configs[_route_name(target)])}
        if more := sorted(led - {*asked}):
            asked += more
            clusters = (await stream.ask({decode.CLUSTER: asked}))[decode.CLUSTER]
        assigned = (await stream.ask({decode.ENDPOINTS: clusters}))[decode.ENDPOINTS] if clusters else {}
    finally:
        stream.close()
    return {
        "listeners": {target: target in listeners for target in targets},
        "shorts": {short: short in listeners for short in mesh.shorts},
        "short_routes": {short: decode.route_names(listeners[short])[0] for short in mesh.shorts if short in listeners},
        "routes": {target: facts.routes(configs[_route_name(target)]) for target in routed},
        "clusters": {name: facts.cluster(item) for name, item in sorted(clusters.items())},
        "endpoints": {name: facts.endpoints(item) for name, item in sorted(assigned.items()) if name in clusters},
        "asked": asked,
    } | ({"envoys": await _envoys(stub, client, asked, targets)} if envoys else {})


async def _envoys(stub: Any, client: Client, asked: Sequence[str], targets: Sequence[str]) -> dict[str, Any]:
    """What a sidecar and a gateway in the client's place are sent for the same clusters."""
    found = {}
    for kind, node in ask_envoys.NODES.items():
        stream = _Stream(stub, node(client.namespace, client.name, client.address, client.labels))
        try:
            found[kind] = await ask_envoys.clusters(stream, asked)
            if kind == "router":
                found["gateway"] = await ask_envoys.routes(stream, targets)
        finally:
            stream.close()
    return found


def _route_name(target: str) -> str:
    host, _, port = target.rpartition(":")
    return f"outbound|{port}||{host}"


async def _server(stub: Any, server: Server) -> dict[str, Any]:
    """What a server is told about each of its ports; None where it gets no listener: then it serves nothing."""
    labels, address = server.labels, server.address
    stream = _Stream(stub, XdsNode(server.namespace, server.name, address, labels, server.account))
    names = {str(port): f"{INBOUND}0.0.0.0:{port}" for port in server.ports}
    try:
        found = (await stream.ask({decode.LISTENER: names.values()}))[decode.LISTENER]
    finally:
        stream.close()
    return {port: facts.server(found[name]) if name in found else None for port, name in names.items()}
