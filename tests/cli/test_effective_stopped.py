"""``effective`` and ``why`` say the same of calls that a fault, a policy or a missing route stops."""

import json
from pathlib import Path

import pytest

from cli.command import proxyless

HOST = "echo.shop.svc.cluster.local"
MESH = """
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: shop}
spec: {selector: {app: echo}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: v1
kind: Pod
metadata: {name: echo, namespace: shop, labels: {app: echo}, annotations: {inject.istio.io/templates: grpc-agent}}
spec: {containers: [{name: app, image: example.org/echo:1, ports: [{containerPort: 7070}]}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: web, annotations: {inject.istio.io/templates: grpc-agent}}
spec:
  serviceAccountName: front
  containers: [{name: app, image: example.org/front:1, args: ["xds:///echo.shop.svc.cluster.local:7070"]}]
---
"""
MTLS = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: shop}
spec: {host: echo.shop.svc.cluster.local, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
---
"""


def _routes(http: str) -> str:
    head = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: echo, namespace: shop}\n"
    return f"{head}spec: {{hosts: [{HOST}], http: [{http}]}}\n"


def _policy(spec: str) -> str:
    head = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: echo, namespace: shop}\n"
    return f"{head}spec: {spec}\n"


TO = f"route: [{{destination: {{host: {HOST}}}}}]"
OTHERS = "{rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/other]}}]}]}"
CALLERS = OTHERS.replace("other", "front")
STOPPED = {
    "every-call-aborted": (
        _routes(f"{{{TO}, fault: {{abort: {{percentage: {{value: 100}}, grpcStatus: UNAVAILABLE}}}}}}"),
        "fails: UNAVAILABLE, the route's fault",
    ),
    "some-calls-aborted": (
        _routes(f"{{{TO}, fault: {{abort: {{percentage: {{value: 5}}, grpcStatus: UNAVAILABLE}}}}}}"),
        "fails for some calls: UNAVAILABLE, the route's fault",
    ),
    "no-last-route": (_routes(f"{{match: [{{uri: {{prefix: /shop.}}}}], {TO}}}"), "fails for some calls: UNAVAILABLE"),
    "no-destination": (
        _routes(
            f"{{route: [{{destination: {{host: {HOST}}}, weight: 0}}, {{destination: {{host: {HOST}}}, weight: 0}}]}}"
        ),
        "fails: UNAVAILABLE, route '' has no destination",
    ),
    "all-denied": (_policy("{action: DENY, rules: [{}]}"), "fails: PERMISSION_DENIED, AuthorizationPolicy shop/echo"),
    "another-account-allowed": (MTLS + _policy(OTHERS), "fails: PERMISSION_DENIED"),
    "this-account-allowed": (MTLS + _policy(CALLERS), "works with mTLS"),
    "nothing-stops-it": (MTLS, "works with mTLS"),
}


@pytest.mark.parametrize("name", STOPPED)
def test_both_commands_tell_it(name: str, tmp_path: Path) -> None:
    objects, verdict = STOPPED[name]
    file = tmp_path / "mesh.yaml"
    file.write_text(MESH + objects)
    document = json.loads(proxyless("effective", "--format", "json", str(file)).stdout)
    (client,) = (item for item in document["clients"] if item["name"] == "front")
    (target,) = client["targets"]
    why = proxyless("why", "web/front", f"xds:///{HOST}:7070", "-f", str(file)).stdout.splitlines()[0]
    assert target["verdict"].startswith(verdict)
    assert why == target["verdict"]
