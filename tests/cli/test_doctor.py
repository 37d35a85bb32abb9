"""``proxyless doctor``: this machine, an API server, and what fails with its remedy."""

import json
import os
from pathlib import Path

import pytest

from cli.command import proxyless
from lab.controlplane import ControlPlane
from proxyless.adapters.diagnosis import FAILS, NOTE, OK, WARNING

WEBHOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: a-proxyless-injector}
webhooks:
- name: doctor.proxyless.dev
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  clientConfig: {service: {name: proxyless-webhook, namespace: %s}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  namespaceSelector: {matchLabels: {none: none}}
"""


def told(text: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for item in json.loads(text):
        found.setdefault(item["topic"], []).append(item)
    return found


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a kubectl that tells its release."""
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\necho \'{"clientVersion": {"major": "1", "minor": "20+"}}\'\n')
    program.chmod(0o755)
    return tmp_path


def test_this_machine_alone(tools: Path) -> None:
    done = proxyless("doctor", "--no-cluster", "--format", "json", env={**os.environ, "PATH": f"{tools}:/bin"})
    assert done.returncode == 0
    found = told(done.stdout)
    assert (found["kubectl"][0]["state"], found["kubectl"][0]["text"]) == (OK, "1.20")
    assert found["helm"][0]["state"] == NOTE
    assert "nothing of" in done.stderr


def test_without_kubectl_the_remedy_is_told(tmp_path: Path) -> None:
    done = proxyless("doctor", "--no-cluster", env={**os.environ, "PATH": str(tmp_path)})
    assert "warning kubectl: not found" in done.stdout
    assert "        fix: Install kubectl" in done.stdout


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    done = proxyless("doctor", "--kubeconfig", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "fails   cluster: no access to a cluster" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_api_server_without_istio(control_plane: ControlPlane, namespace: str, tools: Path) -> None:
    arguments = ("doctor", "--format", "json", "--kubeconfig", str(control_plane.kubeconfig))
    done = proxyless(*arguments, env={**os.environ, "PATH": f"{tools}:/bin"})
    found = told(done.stdout)
    assert found["API server"][0]["state"] == OK
    assert control_plane.server in found["API server"][0]["text"]
    assert WARNING in [item["state"] for item in found["kubectl"]], "the skew is told"
    assert found["Istio's kinds"][0]["state"] == OK
    assert found["rights"][0]["state"] == OK
    assert found["istiod"][0]["state"] == FAILS
    assert done.returncode == 1
    control_plane.apply(WEBHOOK % namespace)
    try:
        registered = told(proxyless(*arguments).stdout)["webhooks of proxyless"]
    finally:
        control_plane.kubectl("delete", "mutatingwebhookconfiguration", "a-proxyless-injector")
    words = " ".join(item["text"] for item in registered)
    assert "a-proxyless-injector has no caBundle for doctor.proxyless.dev" in words
    assert f"no replica of Service {namespace}/proxyless-webhook is ready" in words
