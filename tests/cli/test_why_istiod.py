"""``proxyless why --istiod`` against a real istiod: it sends what was calculated, and a file that is not applied shows as a difference."""

import json
import time
from typing import Any

import pytest

from adapters.test_ads import OBJECTS
from cli.command import proxyless
from lab.controlplane import ControlPlane
from lab.istiod import Istiod

CLIENT = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}, annotations: {inject.istio.io/templates: grpc-agent}}
    spec: {containers: [{name: app, image: app}]}
"""
UNAPPLIED = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: %s}
spec:
  host: echo
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: %s}
spec:
  hosts: [echo]
  http: [{name: all, route: [{destination: {host: echo}}]}]
"""


def _asked(plane: ControlPlane, istiod: Istiod, namespace: str, *more: str, stdin: str = "") -> dict[str, Any]:
    done = proxyless(
        "why", f"{namespace}/deploy/cart", f"xds:///echo.{namespace}.svc.cluster.local:7070", "--cluster",
        "--kubeconfig", str(plane.kubeconfig), "--istiod", istiod.xds, "--format", "json", *more, stdin=stdin,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_istiod_sends_what_was_calculated(control_plane: ControlPlane, istiod: Istiod, namespace: str) -> None:
    control_plane.apply(OBJECTS + CLIENT, namespace=namespace)
    deadline = time.monotonic() + 20
    told = _asked(control_plane, istiod, namespace)
    while told["sent"]["differences"] and time.monotonic() < deadline:  # istiod takes a moment
        told = _asked(control_plane, istiod, namespace)
    assert told["sent"] == {"istiod": istiod.xds, "differences": []}
    cluster = told["steps"][-1]["steps"][0]
    assert cluster["text"].startswith(f"outbound|7070|v1|echo.{namespace}")
    told = _asked(control_plane, istiod, namespace, "-f", "-", stdin=UNAPPLIED % (namespace, namespace))
    found = {item["topic"]: (item["calculated"], item["sent"]) for item in told["sent"]["differences"]}
    host = f"echo.{namespace}.svc.cluster.local"
    assert found["routes"] == (f"all -> outbound|7070||{host}", f"unnamed -> outbound|7070|v1|{host}")
    assert found["cluster"] == ("there", "not there")


def test_an_istiod_that_is_not_there(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(CLIENT, namespace=namespace)
    done = proxyless(
        "why", f"{namespace}/cart", "echo:7070", "--cluster", "--kubeconfig", str(control_plane.kubeconfig),
        "--istiod", "127.0.0.1:1",
    )  # fmt: skip
    assert done.returncode == 2
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("istiod")
def test_what_cannot_be_seen_live_is_a_note_and_the_answer_is_given(
    control_plane: ControlPlane, namespace: str
) -> None:
    """istiod runs outside of the cluster here, and no node runs the client."""
    control_plane.apply(OBJECTS + CLIENT, namespace=namespace)
    command = ("why", f"{namespace}/cart", "echo:7070", "--cluster", "--kubeconfig", str(control_plane.kubeconfig))
    told = json.loads(proxyless(*command, "--format", "json").stdout)
    assert told["verdict"].startswith("fails: UNAVAILABLE"), "no endpoint without a node"
    assert told["live"]["points"] == []
    assert any("no pod of istiod runs" in note for note in told["live"]["notes"]), told["live"]
    assert any(f"no pod of Deployment {namespace}/cart runs" in note for note in told["live"]["notes"]), told["live"]
    assert json.loads(proxyless(*command, "--format", "json", "--no-live").stdout)["live"] is None
    for name, more in (("xds", ("--target", "echo:7070")), ("csds", ())):
        done = proxyless(name, f"{namespace}/cart", *more, "--kubeconfig", str(control_plane.kubeconfig))
        assert (done.returncode, f"no pod of Deployment {namespace}/cart runs" in done.stderr) == (2, True), done.stderr
