"""What a real istiod tells of its clients: those in direct mode are among them, and a real library's NACK leads to its culprit."""

import json
import os
import queue
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import json_format

import child
from inject.golden import load
from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.istiod import Istiod
from lab.ports import free_port
from proxyless.adapters import syncz
from proxyless.adapters.ads_node import Proof, XdsNode
from proxyless.adapters.manifests import read_text
from proxyless.lint.nack.culprit import culprits
from proxyless.lint.world import World
from proxyless.model.snapshot import Snapshot

VARIABLE = "GRPC_XDS_BOOTSTRAP_CONFIG"
ROOT = "istio-system"


def node_of(namespace: str) -> dict[str, Any]:
    """The node in the bootstrap of an injected pod, filled in as the kubelet does."""
    pod = load("direct_for_go_with_three_targets").injected()
    texts = [
        entry["value"]
        for container in pod["spec"]["containers"]
        for entry in container.get("env", ())
        if entry["name"] == VARIABLE
    ]
    text = texts[0]
    known = {"POD_IP": "127.0.0.1", "POD_NAME": "web-1", "POD_NAMESPACE": namespace, "SERVICE_ACCOUNT": "default"}
    for name, value in known.items():
        text = text.replace(f"$(PROXYLESS_{name})", value)
    node: dict[str, Any] = json.loads(text)["node"]
    return node


def proof(plane: ControlPlane, istiod: Istiod, namespace: str) -> Proof:
    """A token of a namespace's ServiceAccount."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    made = plane.api.request("POST", path, {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 3600}})
    return Proof(istiod.ca.read_bytes(), token=made["status"]["token"], server_name=istiod.server_name)


@pytest.mark.parametrize("told", [True, False])
def test_istiod_tells_of_a_direct_client(
    control_plane: ControlPlane, istiod: Istiod, namespace: str, *, told: bool
) -> None:
    node = node_of(namespace)
    if not told:
        del node["metadata"]["PROXY_CONFIG"]
    request = discovery_pb2.DiscoveryRequest(type_url="type.googleapis.com/envoy.config.listener.v3.Listener")
    request.resource_names.append("none:1")
    json_format.ParseDict(node, request.node)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    requests.put(request)
    own, root = proof(control_plane, istiod, namespace), proof(control_plane, istiod, ROOT)

    def listed() -> list[str]:
        return [item.pod for item in syncz.ask(istiod.secure_xds, XdsNode(ROOT), root)]

    with own.channel(istiod.secure_xds) as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        stream = stub.StreamAggregatedResources(iter(requests.get, None), metadata=own.headers(), timeout=60)
        try:
            next(stream)
            if told:
                wait_until("the client in istiod's record", lambda: f"web-1.{namespace}" in listed(), timeout=30)
            else:
                assert f"web-1.{namespace}" not in listed()
        finally:
            requests.put(None)
            stream.cancel()


APPLICATION = Path(__file__).with_name("csds_application.py")
OBJECTS = """
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {ports: [{name: grpc, port: 7070}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http:
  - {match: [{uri: {prefix: /a}}], route: [{destination: {host: echo}}]}
  - {corsPolicy: {allowOrigins: [{exact: a}]}, route: [{destination: {host: echo}}]}
"""
WORKLOAD = """---
apiVersion: v1
kind: Pod
metadata: {name: web-1, annotations: {inject.istio.io/templates: grpc-agent}}
spec: {containers: [{name: app, image: app}]}
"""


def test_a_librarys_nack_leads_to_the_field(control_plane: ControlPlane, istiod: Istiod, namespace: str) -> None:
    control_plane.apply(OBJECTS, namespace=namespace)
    root, host = proof(control_plane, istiod, ROOT), f"echo.{namespace}.svc.cluster.local"
    server = {"server_uri": istiod.xds, "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}
    bootstrap = {"xds_servers": [server], "node": node_of(namespace)}

    def told() -> list[syncz.StreamState]:
        found = syncz.ask(istiod.secure_xds, XdsNode(ROOT), root)
        return [state for item in found if item.pod == f"web-1.{namespace}" for state in item.states if state.error]

    with child.running(
        [sys.executable, APPLICATION, str(free_port()), f"{host}:7070"],
        env=os.environ | {"GRPC_XDS_BOOTSTRAP_CONFIG": json.dumps(bootstrap)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ):
        wait_until("the rejection in istiod's record", lambda: bool(told()), timeout=60)
        (state,) = told()
    text = (OBJECTS + WORKLOAD).replace("metadata: {", f"metadata: {{namespace: {namespace}, ")
    world = World(Snapshot(read_text(text, "mesh.yaml").resources))
    (workload,) = world.workloads
    (item,) = culprits(world, workload, state.kind, state.error)
    assert item.words == f"caused by VirtualService {namespace}/echo spec.http[1].corsPolicy"
