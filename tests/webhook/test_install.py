"""``kubectl apply -k manifests/`` on a real API server."""

import json
import time
from collections.abc import Iterator

import pytest

from lab.controlplane import ControlPlane
from lab.errors import LabError
from webhook.replica import REPOSITORY


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """One of its own: replicas of other tests write their address into the configurations, as ``--url-mode`` does."""
    with ControlPlane(crds=("istio", "gateway")) as running:
        done = running.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "manifests"))
        if done.returncode != 0:
            raise LabError(f"kubectl apply -k manifests: {done.stderr}")
        yield running


def test_pods_of_both_deployments_pass_pod_security_restricted(plane: ControlPlane) -> None:
    """The namespace enforces `restricted`: what violates it is never created. There is no node, so nothing runs."""
    deadline = time.monotonic() + 30
    while True:
        pods = plane.api.request("GET", "/api/v1/namespaces/proxyless-system/pods")["items"]
        owners = sorted({pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods})
        if (owners, len(pods)) == (["operator", "webhook"], 4):
            break
        events = plane.kubectl("get", "events", "-n", "proxyless-system").stdout
        assert time.monotonic() < deadline, f"{len(pods)} pods\n{events}"
        time.sleep(0.2)
    labels = plane.api.request("GET", "/api/v1/namespaces/proxyless-system")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_second_apply_changes_nothing(plane: ControlPlane) -> None:
    done = plane.kubectl("diff", "--server-side", "-k", REPOSITORY / "manifests")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_high_availability_fails_closed_where_namespaces_opted_in(plane: ControlPlane) -> None:
    done = plane.kubectl("apply", "--dry-run=server", "-o", "json", "-k", REPOSITORY / "manifests" / "ha")
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)["items"]
    policies = {hook["name"]: hook["failurePolicy"] for item in items for hook in item.get("webhooks", [])}
    assert policies == {
        "namespace.inject.proxyless.dev": "Fail",
        "pod.inject.proxyless.dev": "Fail",
        "policy.inject.proxyless.dev": "Fail",
        "strict.validate.proxyless.dev": "Fail",
        "warn.validate.proxyless.dev": "Ignore",
        "cluster.validate.proxyless.dev": "Ignore",
    }
    replicas = {item["metadata"]["name"]: item["spec"]["replicas"] for item in items if item["kind"] == "Deployment"}
    assert replicas == {"proxyless-webhook": 3, "proxyless-operator": 2}
