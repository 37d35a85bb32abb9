"""The API server reaches a webhook by URL on 127.0.0.1 and by Service, as the product needs it."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.errors import ApiError
from lab.pki import Authority


class Refuser(BaseHTTPRequestHandler):
    """Refuses every review with its own path as the reason."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        response = {
            "uid": review["request"]["uid"],
            "allowed": False,
            "status": {"message": f"refused at {urlsplit(self.path).path}"},
        }
        body = json.dumps(
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Port and CA bundle of a running webhook."""
    authority = Authority("webhook-ca")
    pair = authority.server("webhook", ["127.0.0.1", "localhost", "hook.default.svc"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair.write(tmp_path, "server"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], base64.b64encode(authority.pair.cert).decode()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("by", ["url", "service"])
def test_webhook_is_called(control_plane: ControlPlane, namespace: str, webhook: tuple[int, str], by: str) -> None:
    port, bundle = webhook
    client: dict[str, object] = {"caBundle": bundle}
    if by == "url":
        client["url"] = f"https://127.0.0.1:{port}/url"
    else:
        client["service"] = {"namespace": "default", "name": "hook", "port": port, "path": "/service"}
        spec = {"type": "ExternalName", "externalName": "localhost"}
        control_plane.api.request(
            "POST", "/api/v1/namespaces/default/services", {"metadata": {"name": "hook"}, "spec": spec}
        )
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    hook = {
        "name": "hook.lab.test",
        "clientConfig": client,
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
    }
    control_plane.api.request("POST", hooks, {"metadata": {"name": f"lab-{by}"}, "webhooks": [hook]})

    def refusal() -> str:
        try:
            body = {"metadata": {"generateName": "probe-"}}
            control_plane.api.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
        except ApiError as error:
            return error.message
        return ""  # the API server has not read the configuration yet

    told = ""

    def refused() -> bool:
        nonlocal told
        told = refusal()
        return bool(told)

    try:
        wait_until("the webhook is called", refused)
        assert told == f'admission webhook "hook.lab.test" denied the request: refused at /{by}'
    finally:
        control_plane.api.request("DELETE", f"{hooks}/lab-{by}")
