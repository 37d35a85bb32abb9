"""Talks to a webhook replica as the API server does: HTTP/1.1 over TLS, kept alive, one AdmissionReview per POST."""

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import jsonpatch


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def response(self) -> dict[str, Any]:
        """``response`` of the AdmissionReview."""
        found: dict[str, Any] = json.loads(self.text)["response"]
        return found

    @property
    def warnings(self) -> list[str]:
        return list(self.response.get("warnings", []))

    def patched(self, body: dict[str, Any]) -> dict[str, Any]:
        """The object after the patch, by a library that is not ours."""
        operations = json.loads(base64.b64decode(self.response.get("patch", base64.b64encode(b"[]"))))
        result: dict[str, Any] = jsonpatch.apply_patch(body, operations)
        return result


class Wire:
    """One connection."""

    def __init__(self, port: int, *, ca: str | None = None, name: str = "127.0.0.1") -> None:
        context = ssl.create_default_context(cadata=ca)
        if ca is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._name = name
        self._context = context
        self._port = port
        self._open()

    def _open(self) -> None:
        self.connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._context, timeout=30)

    def send(self, method: str, path: str, data: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        try:
            self.connection.request(method, path, data, dict(headers or {}))
            answer = self.connection.getresponse()
            return Reply(answer.status, dict(answer.headers), answer.read().decode(errors="replace"))
        except (http.client.HTTPException, OSError):
            self.connection.close()
            self._open()
            raise

    def ask(self, path: str, review: object) -> Reply:
        return self.send("POST", path, json.dumps(review).encode(), {"Content-Type": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()


def review(
    body: dict[str, Any],
    *,
    plural: str,
    old: dict[str, Any] | None = None,
    operation: str = "CREATE",
    uid: str = "7f0c7b38-5a9e-4f2e-9d3f-1c2b3a4d5e6f",
) -> dict[str, Any]:
    """An AdmissionReview in the order in which the API server writes its fields."""
    group, _, version = body["apiVersion"].rpartition("/")
    metadata = body.get("metadata", {})
    resource = {"group": group, "version": version, "resource": plural}
    kind = {"group": group, "version": version, "kind": body["kind"]}
    return {
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": uid,
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "name": metadata.get("name", ""),
            "namespace": metadata.get("namespace", "shop"),
            "operation": operation,
            "userInfo": {"username": "someone", "groups": ["system:authenticated"]},
            "object": body,
            "oldObject": old,
            "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    }


def pod(name: str = "echo", **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "echo", **labels}},
        "spec": {"containers": [{"name": "app", "image": "echo:1", "ports": [{"containerPort": 7070}]}]},
    }


def peer_authentication(mode: str) -> dict[str, Any]:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "default", "namespace": "shop"},
        "spec": {"mtls": {"mode": mode}},
    }
