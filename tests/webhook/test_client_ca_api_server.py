"""``--client-ca`` with a real API server that shows its certificate, set up as docs/how-to/admission-access.md says."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lab.controlplane import ControlPlane
from lab.ports import free_port
from proxyless.webhook.certs import new_authority
from webhook.replica import REPOSITORY, Replica
from webhook.test_client_ca import NOW, client_certificate
from webhook.wire import Wire, pod, review

INJECTED = {"proxyless.dev/injection": "enabled"}
REFUSED = 'proxyless_admission_connections_closed_total{reason="handshake_failed"}'


class Place(NamedTuple):
    """An API server that shows a certificate to whoever listens on one port, and the authority of that certificate."""

    plane: ControlPlane
    port: int
    authority: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, port, authority = tmp_path_factory.mktemp("admission"), free_port(), new_authority(NOW)
    (folder / "ca.crt").write_bytes(authority.pem)
    (folder / "client.pem").write_bytes(client_certificate(authority))
    identity = {key: str(folder / "client.pem") for key in ("client-certificate", "client-key")}
    users = [{"name": f"127.0.0.1:{port}", "user": identity}]
    kubeconfig = folder / "kubeconfig.yaml"
    kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "users": users}))
    group = "apiserver.config.k8s.io/v1"
    hooks = {"apiVersion": group, "kind": "WebhookAdmissionConfiguration", "kubeConfigFile": str(kubeconfig)}
    plugins = [{"name": f"{name}AdmissionWebhook", "configuration": hooks} for name in ("Mutating", "Validating")]
    config = folder / "config.yaml"
    config.write_text(json.dumps({"apiVersion": group, "kind": "AdmissionConfiguration", "plugins": plugins}))
    flags = (f"--admission-control-config-file={config}",)
    with ControlPlane(controller_manager=False, scheduler=False, crds=(), api_server_args=flags) as plane:
        done = plane.kubectl("apply", "--server-side", "-k", REPOSITORY / "manifests")
        assert done.returncode == 0, done.stderr
        yield Place(plane, port, folder / "ca.crt")


def create(plane: ControlPlane) -> dict[str, Any]:
    """A new pod in a namespace that asks for the agent, as the API server stored it."""
    namespace = plane.namespace("client", INJECTED)
    account = {"metadata": {"name": "default"}}  # no controller makes it here
    plane.api.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
    made = pod()
    del made["metadata"]["namespace"]
    stored: dict[str, Any] = plane.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", made)
    return stored


def agents(stored: dict[str, Any]) -> list[str]:
    return [item["name"] for item in stored["spec"]["containers"] if item["name"] == "istio-proxy"]


def test_the_api_server_gets_in_and_nobody_else_does(place: Place) -> None:
    with Replica(place.plane, f"--client-ca={place.authority}", port=place.port) as replica:
        assert agents(create(place.plane)) == ["istio-proxy"], replica.process.tail()
        assert replica.count(REFUSED) == 0
        # ssl.SSLError with TLS 1.2, with 1.3 the connection ends when the request is sent
        with pytest.raises((ssl.SSLError, ConnectionError)), Wire(place.port) as stranger:
            stranger.ask("/inject/namespace", review(pod(), plural="pods"))
        assert replica.count(REFUSED) == 1


def test_an_api_server_that_shows_none_is_refused_and_counted(place: Place) -> None:
    """Another port than its kubeconfig names: requests meet ``failurePolicy``, which says Ignore here."""
    with Replica(place.plane, f"--client-ca={place.authority}") as replica:
        assert replica.port != place.port
        assert agents(create(place.plane)) == []
        assert replica.count(REFUSED) >= 1, replica.process.tail()
