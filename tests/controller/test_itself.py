"""The operator looks at proxyless itself, on a real API server: configurations, trust, rights, reviews that failed open."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.access import kubeconfig_for, rule, set_rules
from controller.replicas import ROOT, Objects, Replica, running, within
from controller.test_resilience import rights
from lab.controlplane import ControlPlane
from lab.errors import ApiError
from proxyless.webhook.certs import new_authority
from webhook.replica import Replica as Webhook

pytestmark = pytest.mark.cluster

REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
INJECTOR = f"{REGISTRATION}/mutatingwebhookconfigurations/a-proxyless-injector"
VALIDATOR = f"{REGISTRATION}/validatingwebhookconfigurations/proxyless-validator"
MESH = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}, "spec": {}}


@pytest.fixture
def home(plane: ControlPlane) -> Iterator[Objects]:
    """A namespace for both parts, and a ProxylessMesh; no configuration of ours is left behind."""
    home = Objects(plane, plane.namespace("home"))
    home.apply(MESH)
    try:
        yield home
    finally:
        home.delete("ProxylessMesh", "default")
        for path in (INJECTOR, VALIDATOR):
            if exists(plane, path):
                plane.api.request("DELETE", path)


def exists(plane: ControlPlane, path: str) -> bool:
    try:
        plane.api.request("GET", path)
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True


def install(plane: ControlPlane) -> None:
    for name in ("injector", "validator"):
        done = plane.kubectl("apply", "--server-side", "-f", ROOT / "manifests" / "base" / f"{name}.yaml")
        assert done.returncode == 0, done.stderr


def healthy(home: Objects, status: str, reason: str) -> bool:
    entry = home.condition("ProxylessMesh", "default", "Healthy")
    return entry.get("status") == status and reason in (entry.get("reason", ""), entry.get("message", ""))


def told(home: Objects) -> set[str]:
    """Reasons of Events about the ProxylessMesh."""
    events = home.api.request("GET", "/api/v1/namespaces/default/events")["items"]
    return {item["reason"] for item in events if item["involvedObject"]["kind"] == "ProxylessMesh"}


def shown(replica: Replica, reason: str) -> float:
    return replica.metric(f'proxyless_self_trouble{{reason="{reason}"}}')


def bundle(plane: ControlPlane, value: str) -> None:
    """Set the caBundle of all webhooks of the validator."""
    count = len(plane.api.request("GET", VALIDATOR)["webhooks"])
    patch = [{"op": "add", "path": f"/webhooks/{at}/clientConfig/caBundle", "value": value} for at in range(count)]
    plane.api.request("PATCH", VALIDATOR, patch, content="application/json-patch+json")


@contextmanager
def webhook(plane: ControlPlane, home: Objects) -> Iterator[Webhook]:
    with Webhook(plane, f"--namespace={home.namespace}", "--no-watch") as started:
        yield started


def test_what_is_wrong_is_told_and_over_once_it_is_repaired(plane: ControlPlane, home: Objects, tmp_path: Path) -> None:
    with running(plane.kubeconfig, tmp_path, namespace=home.namespace, lease_duration=2) as replica:
        replica.until_ready()
        within("nothing is registered", lambda: healthy(home, "False", "WebhookConfigurationMissing"), 30)
        assert shown(replica, "WebhookConfigurationMissing") == 1
        assert "a-proxyless-injector does not exist" in replica.get("/readyz")[1]
        assert replica.get("/readyz")[0] == 200
        within("an Event", lambda: "WebhookConfigurationMissing" in told(home), 10)
        install(plane)
        within("no caBundle yet", lambda: healthy(home, "False", "CaBundleEmpty"), 10)
        with webhook(plane, home):
            within("all is well", lambda: healthy(home, "True", "Healthy"), 30)
            within("it is over", lambda: "WebhookConfigurationMissingOver" in told(home), 10)
            assert shown(replica, "WebhookConfigurationMissing") == 0
        within("nobody answers", lambda: healthy(home, "False", "WebhookUnreachable"), 10)
        with webhook(plane, home):
            within("a replica is back", lambda: healthy(home, "True", "Healthy"), 30)
            foreign = new_authority(datetime.now(UTC)).pem
            bundle(plane, base64.b64encode(foreign).decode())
            within("another authority", lambda: healthy(home, "False", "CaBundleForeign"), 10)


def test_reviews_that_failed_open_are_told(plane: ControlPlane, home: Objects, tmp_path: Path) -> None:
    injected = Objects(plane, plane.namespace("injected", {"proxyless.dev/injection": "enabled"}))
    with running(plane.kubeconfig, tmp_path, namespace=home.namespace, lease_duration=2) as replica:
        replica.until_ready()
        install(plane)
        with webhook(plane, home):
            within("all is well", lambda: healthy(home, "True", "Healthy"), 30)

        def one_more() -> bool:
            pod = {"metadata": {"generateName": "p-"}, "spec": {"containers": [{"name": "app", "image": "app"}]}}
            plane.api.request("POST", f"/api/v1/namespaces/{injected.namespace}/pods", pod)
            return shown(replica, "ReviewsFailedOpen") == 1

        within("a pod passed without an agent", one_more, 30)
        name = "namespace.inject.proxyless.dev"
        assert replica.metric(f'proxyless_admission_failed_open_total{{webhook="{name}"}}') >= 1
        within("told", lambda: "ReviewsFailedOpen" in told(home), 10)


def test_a_configuration_that_is_deleted_comes_back_as_it_was(
    plane: ControlPlane, home: Objects, tmp_path: Path
) -> None:
    install(plane)
    with (
        running(plane.kubeconfig, tmp_path, namespace=home.namespace, lease_duration=2) as replica,
        webhook(plane, home),
    ):
        within("all is well", lambda: healthy(home, "True", "Healthy"), 30)
        before = plane.api.request("GET", INJECTOR)
        plane.api.request("DELETE", INJECTOR)
        within("it is back", lambda: exists(plane, INJECTOR), 10)
        assert plane.api.request("GET", INJECTOR)["webhooks"] == before["webhooks"]
        within("counted", lambda: replica.metric("proxyless_configurations_restored_total") == 1, 10)
        within("all is well again", lambda: healthy(home, "True", "Healthy"), 10)


def test_rights_that_are_revoked_while_watches_run_are_told(plane: ControlPlane, home: Objects, tmp_path: Path) -> None:
    whole: list[dict[str, Any]] = [*rights(), rule("", ["events"], ("create", "patch"))]
    name, file = kubeconfig_for(plane, tmp_path, whole)
    with running(file, tmp_path, namespace=home.namespace, flags=("--mutating-config=", "--validating-config=")) as one:
        within("all is well", lambda: healthy(home, "True", "Healthy"), 30)
        set_rules(plane, name, [*rights(without="VirtualService"), whole[-1]])
        within("the right that is gone", lambda: healthy(home, "False", "RightsMissing"), 10)
        message = home.condition("ProxylessMesh", "default", "Healthy")["message"]
        assert "list virtualservices.networking.istio.io" in message
        assert shown(one, "RightsMissing") == 1
        set_rules(plane, name, whole)
        within("given again", lambda: healthy(home, "True", "Healthy"), 10)
        within("it is over", lambda: "RightsMissingOver" in told(home), 10)
