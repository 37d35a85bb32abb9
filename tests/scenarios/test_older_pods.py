"""Pods that are older than the label of their namespace: calls are really plaintext while the condition says so, and not after."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from live_mesh import OWN, PYTHON, Mesh

from lab.api import wait_until
from lab.demo import manifests as m
from lab.node import echo, product


@pytest.mark.cluster
def test_strict_holds_for_the_pods_that_run_or_the_condition_says_so(mesh: Mesh) -> None:
    ns = mesh.namespace("older", {})
    mesh.must_apply(m.service(ns), m.client_mtls(ns), m.peer_authentication(ns, "STRICT"))
    mesh.deploy(ns, echo.deployment("echo-v1", ns, PYTHON, annotations={}, replicas=2))
    old, gone = echo.pods(mesh.cluster, ns, app="echo")
    labels = [f"{key}={value}" for key, value in OWN.items()]
    assert mesh.cluster.kubectl("label", "namespace", ns, *labels).returncode == 0
    told = mesh.await_condition("PeerAuthentication", ns, "echo-strict", "False", within=60)
    assert told["reason"] == "PodsLackAgent", told

    # One is replaced: one serves plaintext under STRICT, the other does not
    mesh.cluster.api.request("DELETE", f"/api/v1/namespaces/{ns}/pods/{gone['metadata']['name']}")
    wait_until("one of two pods", lambda: "1 of 2 pods" in message(mesh, ns), timeout=30)
    echo.await_deployment(mesh.cluster, ns, "echo-v1")
    (new,) = (pod for pod in echo.pods(mesh.cluster, ns, app="echo") if name(pod) != name(old))
    client = mesh.caller(ns, app="echo")
    answer = client.call(f"{old['status']['podIP']}:{echo.TARGET_PORT}", insecure=True, count=1)[0]
    assert (answer.get("tls"), answer.get("hostname")) == (False, name(old)), answer
    refused = client.call(f"{new['status']['podIP']}:{echo.TARGET_PORT}", insecure=True, count=1)[0]
    assert "error" in refused, refused
    listed = pods(mesh, ns)
    assert listed.returncode == 1, listed.stderr
    assert {item["name"]: item["state"] for item in json.loads(listed.stdout)["pods"]} == {
        name(old): "no agent",
        name(new): "agent",
    }

    # The command that the condition names repairs it
    said = message(mesh, ns)
    command = shlex.split(said[said.index("`kubectl ") + 1 : said.rindex("`")])
    assert mesh.cluster.kubectl(*command[1:]).returncode == 0
    mesh.await_condition("PeerAuthentication", ns, "echo-strict", "True", within=60)
    echo.await_deployment(mesh.cluster, ns, "echo-v1")
    client = mesh.caller(ns, app="echo")
    for pod in echo.pods(mesh.cluster, ns, app="echo"):
        refused = client.call(f"{pod['status']['podIP']}:{echo.TARGET_PORT}", insecure=True, count=1)[0]
        assert "error" in refused, refused
    assert pods(mesh, ns).returncode == 0


@pytest.mark.cluster
def test_pods_made_while_the_webhook_was_away_are_told(mesh: Mesh) -> None:
    ns = mesh.namespace("away", OWN)
    mesh.must_apply(m.service(ns), m.client_mtls(ns), m.peer_authentication(ns, "STRICT"))
    scale(mesh, 0)
    try:
        listed = f"/api/v1/namespaces/{product.SYSTEM}/pods?labelSelector=app.kubernetes.io/component%3Dwebhook"
        # those that are ending still answer
        wait_until("no webhook", lambda: not mesh.cluster.api.request("GET", listed)["items"], timeout=90)
        mesh.deploy(ns, echo.deployment("echo-v1", ns, PYTHON, annotations={}))
    finally:
        scale(mesh, 2)
        product.await_ready(mesh.cluster)
    told = mesh.await_condition("PeerAuthentication", ns, "echo-strict", "False", within=60)
    assert told["reason"] == "PodsLackAgent", told
    (pod,) = echo.pods(mesh.cluster, ns, app="echo")
    client = mesh.caller(ns, app="echo")
    answer = client.call(f"{pod['status']['podIP']}:{echo.TARGET_PORT}", insecure=True, count=1)[0]
    assert answer.get("tls") is False, answer
    assert mesh.cluster.kubectl("rollout", "restart", "deployment/echo-v1", "-n", ns).returncode == 0
    mesh.await_condition("PeerAuthentication", ns, "echo-strict", "True", within=60)


def scale(mesh: Mesh, replicas: int) -> None:
    """Let so many webhooks run."""
    words = ("scale", "-n", product.SYSTEM, "deployment/proxyless-webhook", f"--replicas={replicas}")
    assert mesh.cluster.kubectl(*words).returncode == 0


def name(pod: dict[str, Any]) -> str:
    """Name of a pod."""
    return str(pod["metadata"]["name"])


def message(mesh: Mesh, ns: str) -> str:
    """What the condition of the PeerAuthentication says."""
    return str(mesh.condition("PeerAuthentication", ns, "echo-strict").get("message", ""))


def pods(mesh: Mesh, ns: str) -> subprocess.CompletedProcess[str]:
    """``proxyless pods`` over the pods of a namespace."""
    return subprocess.run(
        [Path(sys.executable).with_name("proxyless"), "pods", "--cluster", "-n", ns, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"KUBECONFIG": str(mesh.cluster.kubeconfig)},
    )
