"""istiod's answers as facts: JSON values that hold what a question is about, and nothing else. Pure.

The form is that of the kept answers (`tests/mesh/effective/oracle`): `listeners`, `routes`, `clusters`, `endpoints` of a client,
`tls` and `rbac` of a server's port.
"""

from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import health_check_pb2 as core
from envoy.config.route.v3 import route_components_pb2
from envoy.extensions.filters.common.fault.v3 import fault_pb2 as _common  # noqa: F401  known to the decoder
from envoy.extensions.filters.http.fault.v3 import fault_pb2
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2
from google.protobuf import json_format

from proxyless.adapters import ads_decode

_FAULT = "envoy.filters.http.fault"
_KEPT = "istio"


def routes(config: Any) -> dict[str, Any]:
    """A RouteConfiguration: how many virtual hosts, the name of the one that takes calls to its host, and its routes in order."""
    hosts = config.virtual_hosts
    taking = _taking(config, config.name.rpartition("|")[2])
    return {
        "hosts": len(hosts),
        "vh": taking.name if taking is not None else None,
        "routes": [_route(item) for item in taking.routes] if taking is not None else None,
    }


def routes_for(config: Any, host: str) -> list[Any] | None:
    """The routes of a RouteConfiguration for a host, None where no virtual host takes it."""
    taking = _taking(config, host)
    if taking is None or (_closeness(taking, host) < 0 and "*" not in taking.domains):
        return None
    return [_route(item) for item in taking.routes]


def _taking(config: Any, host: str) -> Any:
    return max(config.virtual_hosts, key=lambda item: _closeness(item, host), default=None)


def _closeness(host: Any, wanted: str) -> int:
    """How exactly a virtual host is for a host: as gRPC chooses, an exact domain before the longest wildcard."""
    domains = {domain.rpartition(":")[0] or domain for domain in host.domains}
    if wanted in domains:
        return len(wanted) + 1
    return max((len(domain) for domain in domains if domain[:1] == "*" and wanted.endswith(domain[1:])), default=-1)


def _route(route: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": route.name}
    source = (
        route.metadata.filter_metadata[_KEPT].fields["config"].string_value
        if _KEPT in route.metadata.filter_metadata
        else ""
    )
    if source:  # /apis/<group>/<version>/namespaces/<namespace>/<kind>/<name>
        parts = source.split("/")
        found |= {"config": f"{parts[-3]}/{parts[-1]}", "kind": parts[-2]}
    found |= {"path": _path(route.match), "headers": [_header(item) for item in route.match.headers]}
    if route.match.query_parameters:
        found["query"] = [item.name for item in route.match.query_parameters]
    action = route.WhichOneof("action")
    return found | (_forward(route.route) if action == "route" else {"action": action}) | _fault(route)


def _forward(action: Any) -> dict[str, Any]:
    shares = [[item.name, item.weight.value] for item in action.weighted_clusters.clusters]
    found: dict[str, Any] = {"clusters": shares or [[action.cluster, None]], "timeout": action.timeout.ToJsonString()}
    if action.HasField("max_stream_duration"):
        found["longest"] = json_format.MessageToDict(action.max_stream_duration)
    if action.HasField("retry_policy"):
        policy = action.retry_policy
        found["retry"] = {"on": policy.retry_on, "times": policy.num_retries.value}
        if policy.HasField("per_try_timeout"):
            found["retry"]["each"] = policy.per_try_timeout.ToJsonString()
    if action.hash_policy:
        found["hash"] = [json_format.MessageToDict(item) for item in action.hash_policy]
    return found


def _fault(route: Any) -> dict[str, Any]:
    if _FAULT not in route.typed_per_filter_config:
        return {}
    fault = fault_pb2.HTTPFault()
    route.typed_per_filter_config[_FAULT].Unpack(fault)
    return {"fault": json_format.MessageToDict(fault)}


def _path(match: Any) -> str:
    kind = match.WhichOneof("path_specifier")
    value = getattr(match, kind)
    return f"{kind}:{value.regex if kind == 'safe_regex' else value}" + (
        " any case" if match.HasField("case_sensitive") and not match.case_sensitive.value else ""
    )


def _header(header: route_components_pb2.HeaderMatcher) -> str:
    kind = header.WhichOneof("header_match_specifier") or ""
    value = ""
    if kind == "string_match":
        which = header.string_match.WhichOneof("match_pattern") or ""
        what = getattr(header.string_match, which)
        value = f"{which}:{what.regex if which == 'safe_regex' else what}"
    return f"{'!' if header.invert_match else ''}{header.name}~{kind}~{value}"


def cluster(found: Any) -> dict[str, Any]:
    """A Cluster: TLS and the names that it expects of the server, balancing, and the limit that tells the policy."""
    context = tls_pb2.UpstreamTlsContext()
    tls = found.HasField("transport_socket")
    if tls:
        found.transport_socket.typed_config.Unpack(context)
    sans = context.common_tls_context.combined_validation_context.default_validation_context.match_subject_alt_names
    limits = found.circuit_breakers.thresholds
    return {
        "tls": tls,
        "sans": sorted(item.exact for item in sans),
        "lb": cluster_pb2.Cluster.LbPolicy.Name(found.lb_policy),
        "max": limits[0].max_requests.value if limits else None,
    }


def endpoints(assignment: Any) -> list[str]:
    """Addresses of a ClusterLoadAssignment that gRPC uses, each once, sorted: those that are healthy or say nothing of it."""
    return sorted(
        {
            f"{item.endpoint.address.socket_address.address}:{item.endpoint.address.socket_address.port_value}"
            for place in assignment.endpoints
            for item in place.lb_endpoints
            if item.health_status in (core.UNKNOWN, core.HEALTHY)
        }
    )


def server(listener: Any) -> dict[str, Any]:
    """A server's Listener: TLS, RBAC filters in order, and the policies' rules that each holds."""
    chain = listener.filter_chains[0]
    filters = [item for manager in ads_decode.managers(listener)[:1] for item in manager.http_filters]
    return {
        "tls": chain.HasField("transport_socket"),
        "chains": len(listener.filter_chains),
        "rbac": [item.name for item in filters if ".rbac" in item.name],
        "rules": [_rules(item) for item in filters if ".rbac" in item.name],
    }


def _rules(packed: Any) -> list[str]:
    filter_ = rbac_pb2.RBAC()
    packed.typed_config.Unpack(filter_)
    return sorted(filter_.rules.policies)
