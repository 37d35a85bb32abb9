"""Gateways, sidecars, ambient pods and those outside the mesh as callers of proxyless servers: the verdict, and what decides it."""

import pytest
import yaml

from lint.why.small import world_of
from proxyless.lint.select import Selection
from proxyless.lint.why.answer import WhyAnswer, answer
from proxyless.lint.why.question import Question
from proxyless.mesh.effective.call import Call

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api, LABEL}, annotations: {inject.istio.io/templates: grpc-agent}}
    spec: {containers: [{name: app, image: "api:1", ports: [{containerPort: 7070}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: MODE}}
"""
CALLERS = """
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: amb, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: out}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: web}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway}, annotations: {inject.istio.io/templates: gateway}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: web}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*/shop.example.com"]}
  - {port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: old, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  hosts: [shop.example.com]
  gateways: [web/public]
  http:
  - {name: rest, route: [{destination: {host: api}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: new, namespace: shop, creationTimestamp: "2026-02-01T00:00:00Z"}
spec:
  hosts: ["*.example.com", shop.example.com]
  gateways: [web/public, mesh]
  http:
  - {name: inside, match: [{gateways: [mesh]}], route: [{destination: {host: api, subset: gone}}]}
  - {name: pay, match: [{uri: {prefix: /shop.Pay/}}], route: [{destination: {host: api, port: {number: 9}}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: NAMESPACE}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: app, image: "app:1"}]}
"""
MUTUAL = """
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec: {host: api, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
"""
EMPTY_SIDECAR = """
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: none, namespace: web}
spec: {egress: [{hosts: ["./*"]}]}
"""


def _asked(
    caller: str, target: str, mode: str, more: str = "", *, label: str = "", method: str = "", by_xds: bool = False
) -> WhyAnswer:
    namespace, _, name = caller.partition("/")
    shop = SHOP.replace("MODE", mode).replace(", LABEL", label)
    text = f"{shop}---{CALLERS.replace('NAMESPACE', namespace)}{more}"
    world = world_of(text)
    workload = next(item for item in world.workloads if (item.namespace, item.ref.name) == (namespace, name))
    question = Question(world, workload, target, Call(method), by_xds=by_xds)
    return answer(question, Selection())


_API = "api.shop.svc.cluster.local:7070"
_LABEL = ', security.istio.io/tlsMode: "istio"'


@pytest.mark.parametrize(
    ("caller", "mode", "more", "label", "said"),
    [
        ("web/app", "STRICT", "", "", "fails: UNAVAILABLE"),
        ("web/app", "STRICT", MUTUAL, "", "works with mTLS"),
        ("web/app", "STRICT", "", _LABEL, "works with mTLS"),
        ("web/app", "DISABLE", "", _LABEL, "plaintext"),
        ("web/app", "DISABLE", MUTUAL, "", "fails: UNAVAILABLE"),
        ("web/app", "PERMISSIVE", "", "", "plaintext"),
        ("web/app", "STRICT", EMPTY_SIDECAR, "", "fails: UNAVAILABLE, Sidecar web/none does not import"),
        ("amb/app", "STRICT", MUTUAL, "", "fails: UNAVAILABLE"),
        ("amb/app", "PERMISSIVE", MUTUAL, "", "plaintext"),
        ("out/app", "STRICT", MUTUAL, "", "fails: UNAVAILABLE"),
        ("out/app", "DISABLE", "", "", "plaintext"),
    ],
)
def test_what_speaks_decides(caller: str, mode: str, more: str, label: str, said: str) -> None:
    assert _asked(caller, _API, mode, more, label=label).outcome.text.startswith(said)


def test_a_gateway_merges_the_routes_of_a_host_and_no_sidecar_restricts_it() -> None:
    found = _asked("web/gateway", "shop.example.com:80", "STRICT", MUTUAL + EMPTY_SIDECAR, method="/shop.Cart/Get")
    assert found.outcome.text == "works with mTLS"
    assert [item.route.name for item in found.question.tried] == ["pay", "rest"]
    paying = _asked("web/gateway", "shop.example.com:80", "STRICT", MUTUAL, method="/shop.Pay/Do")
    assert paying.outcome.text.startswith("fails: UNAVAILABLE, Service shop/api has no port 9")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("shop.example.com:443", "not decided: what Gateway web/public passes on as PASSTHROUGH"),
        ("shop.example.com:8080", "fails: UNAVAILABLE, no server of its Gateways has the port 8080, only 443, 80"),
        ("other.example.org:80", "fails: UNAVAILABLE, no server on port 80 has the host other.example.org"),
        ("shop.example.com", "not decided: which port"),
    ],
)
def test_what_a_gateway_does_not_serve_or_is_not_computed_is_said(target: str, said: str) -> None:
    found = _asked("web/gateway", target, "STRICT")
    assert found.outcome.text.startswith(said)
    assert found.question.party_name == "gateway"


def test_strict_resets_a_gateway_and_the_repair_is_the_rule_that_lacks() -> None:
    found = _asked("web/gateway", "shop.example.com:80", "STRICT", method="/shop.Cart/Get")
    assert "automatic mTLS" in found.outcome.text
    assert found.repair is not None
    assert "Add a DestinationRule in namespace shop" in found.repair.text


@pytest.mark.parametrize("holder", ["Service", "Namespace"])
def test_a_waypoint_takes_calls_of_ambient_pods(holder: str) -> None:
    label = {"metadata": {"labels": {"istio.io/use-waypoint": "gate"}}}
    name = {"Service": {"name": "api", "namespace": "shop"}, "Namespace": {"name": "shop"}}[holder]
    spec = (
        {"spec": {"selector": {"app": "api"}, "ports": [{"name": "grpc", "port": 7070}]}} if holder == "Service" else {}
    )
    body = {"apiVersion": "v1", "kind": holder, "metadata": {**label["metadata"], **name}, **spec}
    found = _asked("amb/app", _API, "STRICT", f"\n---\n{yaml.safe_dump(body)}")
    assert found.outcome.text.startswith("not decided: the waypoint shop/gate takes the call")
    assert found.outcome.end.because.resource is not None
    assert found.outcome.end.because.resource.kind == holder
    assert not _asked("web/app", _API, "STRICT", f"\n---\n{yaml.safe_dump(body)}").outcome.text.startswith(
        "not decided"
    )


def test_a_target_of_xds_is_asked_of_a_library_that_has_no_bootstrap() -> None:
    found = _asked("web/app", _API, "STRICT", by_xds=True)
    assert "brings gRPC no xDS bootstrap" in found.outcome.text


def test_short_names_mean_what_the_resolver_of_the_pod_makes_of_them() -> None:
    assert _asked("web/app", "api.shop:7070", "DISABLE").outcome.text == "plaintext"
    assert _asked("amb/app", "api.shop.svc:7070", "DISABLE").outcome.text == "plaintext"
    assert _asked("amb/app", "api:7070", "DISABLE").outcome.text.startswith("fails: UNAVAILABLE, no Service")


def test_what_a_gateway_takes_as_a_server_is_not_computed() -> None:
    service = """
---
apiVersion: v1
kind: Service
metadata: {name: out, namespace: web}
spec: {selector: {istio: ingressgateway}, ports: [{name: grpc, port: 80}]}
"""
    found = _asked("web/app", "out.web:80", "STRICT", service)
    assert found.outcome.text.startswith("not decided: what the gateway Deployment web/gateway takes on port 80")


def test_gateways_of_the_gateway_api_are_named_as_not_computed() -> None:
    pods = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge-istio, namespace: web}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge, gateway.networking.k8s.io/gateway-name: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
"""
    found = _asked("web/edge-istio", "shop.example.com:80", "STRICT", pods)
    assert found.outcome.text.startswith(
        "not decided: what the routes of Gateway web/edge do at Deployment web/edge-istio"
    )
    assert found.question.party_name == "gateway"


_MORE = """
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: more, namespace: web}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 81, name: http, protocol: HTTP}, tls: {httpsRedirect: true}, hosts: ["*"]}
  - {port: {number: 82, name: http-own, protocol: HTTP}, hosts: ["./a.example.com", "shop/b.example.com"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: more, namespace: shop}
spec:
  hosts: ["*.example.com"]
  gateways: [web/more]
  http: [{name: more, route: [{destination: {host: api}}]}]
"""


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("a.example.com:81", "fails: UNAVAILABLE, Gateway web/more answers with a redirect to HTTPS"),
        ("a.example.com:82", "fails: UNAVAILABLE, no VirtualService for a.example.com is bound to web/more"),
        ("b.example.com:82", "plaintext"),
    ],
)
def test_servers_redirect_and_take_routes_of_namespaces(target: str, said: str) -> None:
    assert _asked("web/gateway", target, "DISABLE", _MORE).outcome.text.startswith(said)
