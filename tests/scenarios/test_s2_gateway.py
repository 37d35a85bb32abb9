"""S2, gRPC through an ingress gateway to proxyless backends: weights, and the mTLS pair of an Envoy client."""

import math
from collections import Counter

import pytest
from live_mesh import OWN, PYTHON, Mesh

from lab.node import echo

GATEWAY = "istio-ingressgateway.istio-system.svc.cluster.local:8080"
CALLS = 400


def gateway(ns: str, host: str) -> str:
    """Gateway and VirtualService on one host name of our own, so that tests share the gateway's port."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: grpc-gateway, namespace: {ns}}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - port: {{number: 8080, name: grpc, protocol: GRPC}}
    hosts: ["{host}"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: grpc-vs, namespace: {ns}}}
spec:
  hosts: ["{host}"]
  gateways: [grpc-gateway]
  http:
  - match: [{{port: 8080}}]
    route:
    - destination: {{host: echo, port: {{number: 7070}}, subset: v1}}
      weight: 60
    - destination: {{host: echo, port: {{number: 7070}}, subset: v2}}
      weight: 40
"""


def rule(ns: str, policy: str) -> str:
    """The tutorial's DestinationRule with a short host."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: dr-istio-grpc-server, namespace: {ns}}}
spec:
  host: echo
  trafficPolicy: {policy}
  subsets:
  - {{name: v1, labels: {{version: v1}}}}
  - {{name: v2, labels: {{version: v2}}}}
"""


@pytest.mark.cluster
def test_s2(mesh: Mesh) -> None:
    ns = mesh.namespace("s2", OWN)
    mesh.must_apply(echo.service("echo", ns))
    outside = {"sidecar.istio.io/inject": "false", "proxyless.dev/inject": "false"}
    mesh.deploy(
        ns,
        echo.deployment("echo-v1", ns, PYTHON),
        echo.deployment("echo-v2", ns, PYTHON, version="v2"),
        echo.deployment(
            "outside", ns, PYTHON, app="outside", annotations={}, labels=outside, arguments=("--no-server",)
        ),
    )
    mesh.must_apply(gateway(ns, "*"), rule(ns, "{loadBalancer: {simple: ROUND_ROBIN}}"))
    caller = mesh.caller(ns, app="outside")
    caller.until(GATEWAY, lambda found: all("error" not in answer for answer in found), count=20)
    answers = caller.call(GATEWAY, count=CALLS)
    share = sum(answer.get("version") == "v1" for answer in answers) / CALLS
    assert abs(share - 0.6) < 3.29 * math.sqrt(0.6 * 0.4 / CALLS), Counter(
        a.get("version", a.get("error")) for a in answers
    )

    # STRICT at the servers alone: the gateway is an Envoy client without mTLS, and we say so
    strict = mesh.must_apply(
        f"""\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: strict, namespace: {ns}}}
spec: {{mtls: {{mode: STRICT}}}}
"""
    )
    answers = caller.until(GATEWAY, lambda found: all("error" in answer for answer in found), count=3)
    assert all(answer.get("code") == "UNAVAILABLE" for answer in answers), answers
    target = f"xds:///echo.{ns}.svc.cluster.local:{echo.PORT}"
    mesh.deploy(ns, echo.deployment("client", ns, PYTHON, app="client", arguments=("--no-server",)))
    client = mesh.caller(ns, app="client")  # calls the same servers as a proxyless peer
    answers = client.until(target, lambda found: found[0].get("code") == "UNAVAILABLE")
    assert answers[0].get("code") == "UNAVAILABLE", answers
    assert mesh.foretold(f"{ns}/client", target) == "unavailable"
    found = strict + str(mesh.condition("VirtualService", ns, "grpc-vs")) + mesh.lint_namespace(ns)
    assert "PX701" in found, found

    # ISTIO_MUTUAL in the Service's namespace mends it, for the gateway too
    mesh.must_apply(rule(ns, "{tls: {mode: ISTIO_MUTUAL}}"))
    answers = caller.until(GATEWAY, lambda found: all(answer.get("tls") for answer in found), count=3)
    assert "istio-ingressgateway" in str(answers[0].get("peer")), answers
    assert "PX701" not in mesh.lint_namespace(ns)
    answers = client.until(target, lambda found: bool(found[0].get("tls")))
    assert answers[0].get("tls"), answers
    assert mesh.foretold(f"{ns}/client", target) == "mtls"
