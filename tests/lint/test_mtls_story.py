"""Turning mTLS on step by step, as a guide tells it: each step is foretold before it and explained after it."""

from proxyless.adapters.manifests import read_text
from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Report
from proxyless.model.snapshot import Snapshot

CLUSTER = ("PeerAuthentication", "DestinationRule", "Service", "Deployment", "VirtualService", "Namespace")

ECHO = """
apiVersion: v1
kind: Namespace
metadata: {name: echo-grpc, labels: {istio-injection: enabled, proxyless.dev/enforcement: strict}}
---
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: echo-grpc}
spec:
  selector: {app: echo}
  ports: [{name: grpc, port: 7070, targetPort: 17070}, {name: tcp-control, port: 17171}]
"""
PODS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo-VERSION, namespace: echo-grpc}
spec:
  selector: {matchLabels: {app: echo, version: VERSION}}
  template:
    metadata:
      labels: {app: echo, version: VERSION}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxy.istio.io/config: '{"holdApplicationUntilProxyStarts": true}'
    spec:
      containers: [{name: app, image: example.org/echo:1, ports: [{name: grpc, containerPort: 17070}]}]
"""
VERSIONS = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo-versions, namespace: echo-grpc, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  host: echo.echo-grpc.svc.cluster.local
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo-weights, namespace: echo-grpc}
spec:
  hosts: [echo.echo-grpc.svc.cluster.local]
  http:
  - route:
    - {destination: {host: echo.echo-grpc.svc.cluster.local, subset: v1}, weight: 20}
    - {destination: {host: echo.echo-grpc.svc.cluster.local, subset: v2}, weight: 80}
"""
CLIENT_MTLS = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo-mtls, namespace: echo-grpc, creationTimestamp: "2026-01-02T00:00:00Z"}
spec:
  host: echo.echo-grpc.svc.cluster.local
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
"""
SERVER_MTLS = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: echo-strict, namespace: echo-grpc}
spec: {mtls: {mode: STRICT}}
"""
BASE = (ECHO, PODS.replace("VERSION", "v1"), PODS.replace("VERSION", "v2"))


def report(*texts: str, known: tuple[str, ...] = CLUSTER) -> Report:
    read = read_text("\n---\n".join(texts), "story.yaml")
    assert not read.problems
    snapshot = Snapshot(read.resources, complete=known)
    return run(ALL, World(snapshot, MeshSettings()), snapshot, Selection(only=("PX2", "PX3", "PX4", "PX6", "PX7")))


def worse_than_info(*texts: str, known: tuple[str, ...] = CLUSTER) -> list[Finding]:
    return [item for item in report(*texts, known=known).findings if item.severity.word != "info"]


def test_discovery_and_weights_are_clean() -> None:
    assert worse_than_info(*BASE) == []
    assert worse_than_info(*BASE, VERSIONS) == []


def test_client_mtls_alone_is_an_error_that_names_the_policy_to_add() -> None:
    (found,) = worse_than_info(*BASE, VERSIONS, CLIENT_MTLS)
    assert (found.code, str(found.ref), found.severity.word, found.applies) == (
        "PX302",
        "DestinationRule echo-grpc/echo-mtls",
        "error",
        "",
    )
    assert "echo.echo-grpc.svc.cluster.local:7070" in found.message
    assert "17171" not in found.message
    assert "no PeerAuthentication" in found.message
    assert "PeerAuthentication with `mtls: {mode: STRICT}` in namespace echo-grpc" in found.remedy
    assert [str(ref) for ref in found.related] == [
        "Deployment echo-grpc/echo-v1",
        "Deployment echo-grpc/echo-v2",
    ]
    assert not found.deny


def test_server_mtls_settles_it() -> None:
    assert worse_than_info(*BASE, VERSIONS, CLIENT_MTLS, SERVER_MTLS) == []


def test_server_mtls_alone_is_an_error_that_names_the_rule_to_write_into() -> None:
    found = {str(item.ref): item for item in worse_than_info(*BASE, VERSIONS, SERVER_MTLS)}
    assert set(found) == {"PeerAuthentication echo-grpc/echo-strict", "DestinationRule echo-grpc/echo-versions"}
    server = found["PeerAuthentication echo-grpc/echo-strict"]
    assert "`spec.trafficPolicy.tls: {mode: ISTIO_MUTUAL}` in DestinationRule echo-grpc/echo-versions" in server.remedy
    client = found["DestinationRule echo-grpc/echo-versions"]
    assert "`spec.trafficPolicy.tls: {mode: ISTIO_MUTUAL}` here" in client.remedy


def test_server_mtls_without_any_rule_names_the_rule_to_add() -> None:
    (found,) = worse_than_info(*BASE, SERVER_MTLS)
    assert "Add a DestinationRule in namespace echo-grpc" in found.remedy
    assert "`host: echo.echo-grpc.svc.cluster.local`" in found.remedy


def test_permissive_is_rejected_and_the_outage_is_told() -> None:
    permissive = SERVER_MTLS.replace("STRICT", "PERMISSIVE")
    found = {(item.code, item.ref.kind): item for item in worse_than_info(*BASE, VERSIONS, CLIENT_MTLS, permissive)}
    assert set(found) == {
        ("PX301", "PeerAuthentication"),
        ("PX302", "PeerAuthentication"),
        ("PX302", "DestinationRule"),
    }
    assert found["PX301", "PeerAuthentication"].deny


def test_policy_on_the_older_rule_takes_the_mtls_of_the_younger_away() -> None:
    older = VERSIONS.replace("  subsets:", "  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}\n  subsets:", 1)
    codes = {(item.code, str(item.ref)) for item in worse_than_info(*BASE, older, CLIENT_MTLS, SERVER_MTLS)}
    assert codes == {
        ("PX404", "DestinationRule echo-grpc/echo-mtls"),
        ("PX302", "DestinationRule echo-grpc/echo-versions"),
        ("PX302", "PeerAuthentication echo-grpc/echo-strict"),
    }


def test_files_alone_make_it_a_condition() -> None:
    (found,) = worse_than_info(*BASE, VERSIONS, CLIENT_MTLS, known=())
    assert (found.severity.word, found.applies) == (
        "warning",
        "no other PeerAuthentication sets STRICT for it",
    )


def test_half_a_pair_alone_is_said_not_to_be_checked() -> None:
    messages = {item.message for item in report(CLIENT_MTLS, known=()).notices}
    assert messages == {"not checked: no Service given for namespace echo-grpc"}
    messages = {item.message for item in report(SERVER_MTLS, known=()).notices}
    assert messages == {"not checked: no Deployment given for namespace echo-grpc"}
    assert not report(VERSIONS, known=()).notices
