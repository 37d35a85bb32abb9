"""Makes an object that holds the field of a row of the feature table, and the mesh around it. For test_row_coverage.py.

The pattern of a row says where, its condition says what; where neither tells a value that a rule would take seriously,
``VALUES`` does.
"""

import copy
import itertools
from typing import Any

from proxyless.matrix.condition import compiled
from proxyless.matrix.paths import ANY, EACH, segments
from proxyless.matrix.rows import FieldRow
from proxyless.model.kinds import KINDS
from proxyless.model.path import FieldPath

HOST = "echo.shop.svc.cluster.local"
_ROUTE = {"destination": {"host": HOST}}
_API_ROUTE = {
    "parentRefs": [{"group": "", "kind": "Service", "name": "echo", "port": 7070}],
    "rules": [{"backendRefs": [{"name": "echo", "port": 7070}]}],
}
_STRINGS = (
    "x", "a-b", "*.example.org", "10.0.0.1", "host.example.org", "/shop.Cart/{*}", "/shop.Cart/Add", "GRPC", "TCP", "tcp",
    "request.headers[x-user]", "request.headers[X-User]", "request.headers[grpc-timeout]", "request.auth.claims[group]",
    "experimental.envoy.filters.network.x[key]", "unavailable", "5xx", "grpc",
)  # fmt: skip
_KEYS = ("x-user", ":path", "host", "@request.auth.claims.group")

SPECS: dict[str, dict[str, Any]] = {
    "AuthorizationPolicy": {"selector": {"matchLabels": {"app": "echo"}}, "rules": [{"to": [{"operation": {}}]}]},
    "DestinationRule": {"host": HOST, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}},
    "GRPCRoute": _API_ROUTE,
    "HTTPRoute": _API_ROUTE,
    "PeerAuthentication": {"mtls": {"mode": "STRICT"}},
    "Service": {"selector": {"app": "echo"}, "ports": [{"name": "grpc", "port": 7070, "targetPort": 17070}]},
    "ServiceEntry": {
        "hosts": ["pay.example.org"],
        "ports": [{"number": 443, "name": "grpc", "protocol": "GRPC"}],
        "resolution": "STATIC",
        "endpoints": [{"address": "10.0.0.1"}],
    },
    "Sidecar": {"egress": [{"hosts": ["*/*"]}]},
    "VirtualService": {"hosts": [HOST], "http": [{"route": [_ROUTE]}]},
    "XBackendTrafficPolicy": {"targetRefs": [{"group": "", "kind": "Service", "name": "echo"}]},
    "WorkloadEntry": {"address": "10.0.0.1", "labels": {"app": "vm"}},
    "WorkloadGroup": {"template": {"serviceAccount": "echo"}},
}
"""A spec that is clean as it is; empty for other kinds."""

SURROUNDINGS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: shop}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata:
      labels: {app: echo}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxy.istio.io/config: '{"holdApplicationUntilProxyStarts": true}'
    spec:
      containers:
      - name: app
        image: example.org/echo:1
        args: ["xds:///echo.shop.svc.cluster.local:7070", "xds:///echo.shop.svc.cluster.local:25", "xds:///pay.example.org:443", "xds:///vm.example.org:7070"]
        ports: [{containerPort: 17070}]
---
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: shop}
spec:
  selector: {app: echo}
  ports: [{name: grpc, port: 7070, targetPort: 17070}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vm, namespace: shop}
spec:
  hosts: [vm.example.org]
  ports: [{number: 7070, name: grpc, protocol: GRPC}]
  resolution: STATIC
  workloadSelector: {labels: {app: vm}}
"""
"""One proxyless server that calls itself, and two hosts outside."""
STRICT = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""

_Put = list[tuple[FieldPath, Any]]
_T = "DestinationRule.trafficPolicy."
_TLS: _Put = [(("spec", "trafficPolicy", "tls", "mode"), "SIMPLE")]
_MIRROR: _Put = [(("spec", "http", 0, "mirror"), {"host": HOST})]
_JWT: _Put = [(("spec", "jwtRules"), [{"issuer": "https://example.org"}])]
_WHEN: _Put = [(("spec", "rules", 0, "when", 0, "values"), ["cluster.local/ns/shop/sa/echo"])]
_SELECTED: _Put = [(("spec", "selector", "matchLabels"), {"app": "echo"})]

_FILTERS: _Put = [
    (
        ("spec", "rules", 0, "filters"),
        [
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": "x-user", "value": "a"}]},
            },
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "next"}}},
        ],
    )
]

VALUES: dict[str, Any] = {
    "BackendTLSPolicy.spec": {
        "targetRefs": [{"group": "", "kind": "Service", "name": "echo"}],
        "validation": {"hostname": "echo.example.org", "wellKnownCACertificates": "System"},
    },
    "TCPRoute.spec": _API_ROUTE,
    "TLSRoute.spec": _API_ROUTE,
    "XBackendTrafficPolicy.retryConstraint": {"budget": {"percent": 20}},
    "AuthorizationPolicy.rules.from.source.principals": "cluster.local/ns/shop/sa/echo",
    "AuthorizationPolicy.rules.from.source.notPrincipals": "cluster.local/ns/shop/sa/echo",
    "AuthorizationPolicy.rules.to.operation.methods": "GET",
    "AuthorizationPolicy.rules.to.operation.notMethods": "GET",
    "AuthorizationPolicy.rules.to.operation.hosts": "echo.shop.svc.cluster.local",
    "AuthorizationPolicy.rules.to.operation.notHosts": "echo.shop.svc.cluster.local",
    "AuthorizationPolicy.targetRef": {"kind": "Service", "name": "echo"},
    "AuthorizationPolicy.targetRefs": {"kind": "Service", "name": "echo"},
    "RequestAuthentication.targetRef": {"kind": "Service", "name": "echo"},
    "RequestAuthentication.targetRefs": {"kind": "Service", "name": "echo"},
    _T + "loadBalancer.consistentHash.maglev": {"tableSize": 65537},
    _T + "loadBalancer.consistentHash.httpHeaderName": "x-user",
    _T + "loadBalancer.consistentHash.minimumRingSize": 1024,
    _T + "loadBalancer.consistentHash.ringHash.minimumRingSize": 1024,
    _T + "outlierDetection": {"interval": "10s"},
    _T + "tls.mode.unset": None,
    "DestinationRule.host": "unknown",
    "HTTPRoute.rules.filters.URLRewrite": {
        "type": "URLRewrite",
        "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/a"}},
    },
    "HTTPRoute.rules.timeouts.request": "1s",
    "HTTPRoute.rules.timeouts.backendRequest": "1s",
    "HTTPRoute.rules.timeouts.backendRequest.retry": {"timeouts": {"backendRequest": "1s"}, "retry": {"attempts": 2}},
    "HTTPRoute.rules.retry": {"attempts": 2, "codes": [503]},
    "PeerAuthentication.portLevelMtls": {"7070": {"mode": "STRICT"}},
    "Sidecar.egress.hosts": "other/*",
    "VirtualService.http.headers": {"request": {"set": {"x-user": "a"}}},
    "VirtualService.http.route.headers": {"request": {"set": {"x-user": "a"}}},
    "VirtualService.http.mirror": {"host": HOST},
    "VirtualService.http.mirrors": {"destination": {"host": HOST}},
    "VirtualService.http.retries.attempts": 10,
    "VirtualService.http.route.weight": 0,
    "VirtualService.http.timeout": "1s",
    "VirtualService.http.fault.delay.percentage": {"value": 10},
    "VirtualService.http.fault.abort.percentage": {"value": 10},
    "WorkloadEntry.address": "host.example.org",
}
"""Values that a rule takes for real, by row."""

BESIDE: dict[str, _Put] = {
    "AuthorizationPolicy.provider": [(("spec", "action"), "CUSTOM")],
    "Service.ports.port.undeclared": [(("spec", "ports", 0, "name"), None)],
    "GRPCRoute.rules.filters.headersMirror": _FILTERS,
    "HTTPRoute.rules.filters.headersMirror": _FILTERS,
    "PeerAuthentication.portLevelMtls": _SELECTED,
    "RequestAuthentication.selector": _JWT,
    "RequestAuthentication.targetRef": _JWT,
    "RequestAuthentication.targetRefs": _JWT,
    "VirtualService.http.route.weight": [
        (("spec", "http", 0, "route"), [{"destination": {"host": HOST}, "weight": 0}, {"destination": {"host": HOST}}]),
    ],
    "VirtualService.http.mirrorPercentage": _MIRROR,
    "VirtualService.http.mirrorPercent": _MIRROR,
    "VirtualService.http.mirror_percent": _MIRROR,
    **{
        _T + f"tls.{name}": _TLS
        for name in (
            "clientCertificate",
            "privateKey",
            "caCertificates",
            "caCrl",
            "credentialName",
            "insecureSkipVerify",
        )
    },
}
"""Fields that a row's field comes with, by row; others by :func:`_company`."""


WITHOUT_VALUE = (
    "GRPCRoute.rules.filters.headersMirror",
    "HTTPRoute.rules.filters.headersMirror",
    "VirtualService.http.route.weight",
)
"""Rows whose field is all in ``BESIDE``."""


def base(kind: str) -> dict[str, Any]:
    """A clean object of a kind."""
    group = KINDS[kind].group
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {"name": "echo", "namespace": "shop"},
        "spec": copy.deepcopy(SPECS.get(kind, {})),
    }


def concrete(row: FieldRow) -> FieldPath:
    """The path of a row in :func:`with_field`'s object."""
    key = _wanted(row, "key")
    word = next((item for item in _KEYS if key is None or compiled({"key": key})(1, item, {}, {})), "x-user")
    return tuple(0 if step == EACH else word if step == ANY else step for step in segments(row.path))


def _wanted(row: FieldRow, test: str) -> Any:
    sets = row.when if isinstance(row.when, list) else [row.when or {}]
    return next((item[test] for item in sets if test in item), None)


def value_for(row: FieldRow) -> Any:
    """A value that fulfills the condition of a row; None stands for "not there"."""
    if row.id in VALUES:
        return VALUES[row.id]
    sets = row.when if isinstance(row.when, list) else [row.when or {}]
    tests = sets[0]
    if "equals" in tests:
        return tests["equals"]
    if "in" in tests:
        return next(item for item in tests["in"] if item is not None)
    if "where" in tests:
        return {key: value_for_tests(wanted) for key, wanted in tests["where"].items() if value_for_tests(wanted)}
    if "absent" in tests or tests.get("empty"):
        return None
    return value_for_tests(tests)


def value_for_tests(tests: dict[str, Any]) -> Any:
    """A plain value for one set of tests; None where nothing fits but absence."""
    if "equals" in tests:
        return tests["equals"]
    if "in" in tests:
        return next((item for item in tests["in"] if item is not None), None)
    alone = {name: wanted for name, wanted in tests.items() if name not in ("beside", "object", "key")}
    test = compiled(alone) if alone else None
    for item in _STRINGS:
        if test is None or test(item, "", {}, {}):
            return item
    return None


def with_field(row: FieldRow) -> dict[str, Any]:
    """The clean object of the row's kind with the row's value at the row's place."""
    body = base(row.kind)
    for path, value in _company(row):
        put(body, path, value)
    if row.id not in WITHOUT_VALUE:
        put(body, concrete(row), value_for(row))
    return body


def _company(row: FieldRow) -> _Put:
    if row.id.startswith("AuthorizationPolicy.rules.when.key."):
        return _WHEN
    return BESIDE.get(row.id, [])


def put(body: Any, path: FieldPath, value: Any) -> None:
    """Sets a value inside a body; makes what is missing above it. None takes the field away."""
    holder = body
    for step, following in itertools.pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not holder:
                holder.append(empty)
            holder = holder[step]
        else:
            if not isinstance(holder.get(step), type(empty)):
                holder[step] = empty
            holder = holder[step]
    last = path[-1]
    if isinstance(last, int):
        holder[:] = [value]
    elif value is None:
        holder.pop(last, None)
    else:
        holder[last] = value
