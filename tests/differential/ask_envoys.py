"""Asks istiod as an Envoy in each client's place, once as its sidecar and once as a gateway: which TLS it uses to which endpoint.

Called by `ask`. An Envoy asks for all clusters and not by name, so that this is for meshes that people wrote, not for thousands.
"""

from collections.abc import Iterable
from typing import Any

from envoy.extensions.transport_sockets.tls.v3 import tls_pb2

from differential import facts
from proxyless.adapters import ads_decode as decode
from proxyless.adapters.ads_node import XdsNode

KINDS = ("sidecar", "router")
_MATCH = "envoy.transport_socket_match"


class EnvoyNode(XdsNode):
    """An Envoy of istiod's kinds: no generator for gRPC."""

    kind = KINDS[0]

    @property
    def identity(self) -> str:
        """Node id in Istio's form."""
        return f"{self.kind}~{super().identity.partition('~')[2]}"

    def metadata(self) -> dict[str, Any]:
        """What istiod reads."""
        return {key: value for key, value in super().metadata().items() if key != "GENERATOR"}


class RouterNode(EnvoyNode):
    """A gateway."""

    kind = KINDS[1]


NODES = {"sidecar": EnvoyNode, "router": RouterNode}


async def clusters(stream: Any, wanted: Iterable[str]) -> dict[str, Any]:
    """Those of the clusters that are sent: how each speaks TLS, and which of its endpoints are marked for it."""
    every = (await stream.ask({decode.CLUSTER: []}))[decode.CLUSTER]
    mine = {name: every[name] for name in wanted if name in every}
    by_eds = [name for name, item in mine.items() if decode.endpoint_names(item)]
    assigned = (await stream.ask({decode.ENDPOINTS: by_eds}))[decode.ENDPOINTS] if by_eds else {}
    return {
        name: {"tls": _tls(item), "endpoints": _marked(assigned[name]) if name in assigned else {}}
        for name, item in sorted(mine.items())
    }


async def routes(stream: Any, targets: Iterable[str]) -> dict[str, Any]:
    """What a gateway has for each `host:port` that comes to it: its routes, None where it has none."""
    wanted = [target.rpartition(":")[::2] for target in targets]
    names = sorted({f"http.{port}" for _, port in wanted})
    found = (await stream.ask({decode.ROUTE: names}))[decode.ROUTE]
    return {
        f"{host}:{port}": facts.routes_for(found[f"http.{port}"], host) if f"http.{port}" in found else None
        for host, port in wanted
    }


def _tls(cluster: Any) -> str:
    """`auto` (endpoints that are marked), `mutual` (Istio's certificates), `own` (the author's), `none`."""
    if cluster.transport_socket_matches:
        return "auto"
    if not cluster.HasField("transport_socket"):
        return "none"
    context = tls_pb2.UpstreamTlsContext()
    cluster.transport_socket.typed_config.Unpack(context)
    secrets = context.common_tls_context.tls_certificate_sds_secret_configs
    return "mutual" if any(item.name == "default" for item in secrets) else "own"


def _marked(assignment: Any) -> dict[str, bool]:
    found = {}
    for place in assignment.endpoints:
        for item in place.lb_endpoints:
            address = item.endpoint.address.socket_address
            match = item.metadata.filter_metadata.get(_MATCH, {})
            marked = "tlsMode" in match and match["tlsMode"] == "istio"
            found[f"{address.address}:{address.port_value}"] = marked
    return dict(sorted(found.items()))
