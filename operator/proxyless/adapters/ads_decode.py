"""xDS resources as plain values, with the published protos. Called by ``ads``."""

import importlib
import json
import pkgutil
from functools import cache
from typing import Any

import envoy.extensions
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2
from envoy.extensions.clusters.aggregate.v3 import cluster_pb2 as _aggregate  # noqa: F401  known to the decoder
from envoy.extensions.filters.common.fault.v3 import fault_pb2 as _fault_common  # noqa: F401
from envoy.extensions.filters.http.cors.v3 import cors_pb2 as _cors  # noqa: F401
from envoy.extensions.filters.http.fault.v3 import fault_pb2 as _fault  # noqa: F401
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2 as _rbac  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2 as _router  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2 as _tls  # noqa: F401
from google.protobuf import json_format
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message

PREFIX = "type.googleapis.com/"
LISTENER = f"{PREFIX}envoy.config.listener.v3.Listener"
ROUTE = f"{PREFIX}envoy.config.route.v3.RouteConfiguration"
CLUSTER = f"{PREFIX}envoy.config.cluster.v3.Cluster"
ENDPOINTS = f"{PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment"
TYPES: dict[str, type[Message]] = {
    LISTENER: listener_pb2.Listener,
    ROUTE: route_pb2.RouteConfiguration,
    CLUSTER: cluster_pb2.Cluster,
    ENDPOINTS: endpoint_pb2.ClusterLoadAssignment,
}


def unpacked(packed: Packed) -> Any:
    """A resource as its message; only the four types that a proxyless client asks for."""
    message = TYPES[packed.type_url]()
    packed.Unpack(message)
    return message


def name_of(resource: Any) -> str:
    """The name under which a resource is requested."""
    return str(getattr(resource, "name", None) or getattr(resource, "cluster_name", ""))


def plain(message: Message) -> dict[str, Any]:
    """A message as JSON values, field names as in the protos, extensions unpacked.

    An extension that the installed protos do not know leaves the message's own type and bytes.
    """
    for _ in range(2):
        try:
            return dict(json.loads(json_format.MessageToJson(message, preserving_proto_field_name=True)))
        except TypeError:  # an extension whose module is not imported yet
            _import_extensions()
    return {"@type": message.DESCRIPTOR.full_name, "undecoded": message.SerializeToString().hex()}


@cache
def _import_extensions() -> None:
    """Every extension that the package has: 2 s, so only when one was met that is not among the usual."""
    for module in pkgutil.walk_packages(envoy.extensions.__path__, "envoy.extensions."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)


def managers(listener: Any) -> list[Any]:
    """The HttpConnectionManagers of a listener: one of a client's, one per filter chain of a server's."""
    chains = [*listener.filter_chains]
    if listener.HasField("default_filter_chain"):
        chains.append(listener.default_filter_chain)
    packed = [item.typed_config for chain in chains for item in chain.filters]
    if listener.HasField("api_listener"):
        packed.append(listener.api_listener.api_listener)
    found = []
    for item in packed:
        if item.Is(http_connection_manager_pb2.HttpConnectionManager.DESCRIPTOR):
            manager = http_connection_manager_pb2.HttpConnectionManager()
            item.Unpack(manager)
            found.append(manager)
    return found


def route_names(listener: Any) -> list[str]:
    """RouteConfigurations that a listener asks for by name."""
    return [manager.rds.route_config_name for manager in managers(listener) if manager.HasField("rds")]


def cluster_names(route: Any) -> list[str]:
    """Clusters that a RouteConfiguration leads to."""
    names: list[str] = []
    for host in route.virtual_hosts:
        for item in host.routes:
            if item.route.cluster:
                names.append(item.route.cluster)
            names += [share.name for share in item.route.weighted_clusters.clusters]
    return list(dict.fromkeys(names))


def endpoint_names(cluster: Any) -> list[str]:
    """The endpoints that a cluster asks for; none where it is not of type EDS."""
    if cluster.type != cluster_pb2.Cluster.EDS:
        return []
    return [cluster.eds_cluster_config.service_name or cluster.name]
