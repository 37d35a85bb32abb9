"""Reads and writes what makes the API server trust the webhook: the Secret of its certificate authority and the caBundle of the webhook configurations.

Called by ``webhook.rotation``. Each write names the resourceVersion that it rests on; a lost race is an answer (False),
not an error, since several replicas do the same at the same time.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError

MUTATING = "mutatingwebhookconfigurations"
VALIDATING = "validatingwebhookconfigurations"
_JSON_PATCH = "application/json-patch+json"
INJECTOR, VALIDATOR = "a-proxyless-injector", "proxyless-validator"
"""Names of our configurations, as ``manifests/`` has them."""
_KEPT = ("name", "labels", "annotations")
_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"


@dataclass(slots=True, frozen=True)
class StoredSecret:
    """A Secret's data, decoded, at a resourceVersion."""

    data: Mapping[str, bytes]
    version: str


@dataclass(slots=True, frozen=True)
class Configuration:
    """One webhook configuration: who to call, webhook by webhook."""

    plural: str
    """:data:`MUTATING` or :data:`VALIDATING`."""
    name: str
    version: str
    clients: tuple[Mapping[str, Any], ...]
    """``clientConfig`` of each webhook, in order."""
    body: Mapping[str, Any]
    """All of it."""


def read_secret(cluster: KubernetesApi, namespace: str, name: str) -> StoredSecret | None:
    """The Secret, None where there is none."""
    body = _found(cluster, f"/api/v1/namespaces/{namespace}/secrets/{name}")
    if body is None:
        return None
    data = {key: _decoded(text) for key, text in (body.get("data") or {}).items()}
    return StoredSecret(data, str(body["metadata"]["resourceVersion"]))


def create_secret(cluster: KubernetesApi, namespace: str, name: str, data: Mapping[str, bytes]) -> bool:
    """Make the Secret; False where another was faster."""
    body = {
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "proxyless"}},
        "type": "kubernetes.io/tls",
    }
    return _won(cluster, "POST", f"/api/v1/namespaces/{namespace}/secrets", body | {"data": _encoded(data)})


def update_secret(
    cluster: KubernetesApi, namespace: str, name: str, data: Mapping[str, bytes], *, version: str
) -> bool:
    """Replace values of the Secret; False where it has changed since ``version``."""
    body = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        *({"op": "add", "path": f"/data/{key}", "value": text} for key, text in _encoded(data).items()),
    ]
    return _won(cluster, "PATCH", f"/api/v1/namespaces/{namespace}/secrets/{name}", body, content=_JSON_PATCH)


def read_configuration(cluster: KubernetesApi, plural: str, name: str) -> Configuration | None:
    """One of our webhook configurations, None where it does not exist."""
    body = _found(cluster, f"{_REGISTRATION}/{plural}/{name}")
    if body is None:
        return None
    clients = tuple(hook.get("clientConfig") or {} for hook in body.get("webhooks") or ())
    return Configuration(plural, name, str(body["metadata"]["resourceVersion"]), clients, body)


def restore_configuration(cluster: KubernetesApi, known: Configuration) -> bool:
    """Make a configuration anew as it was; False where another was faster."""
    metadata = {key: known.body["metadata"][key] for key in _KEPT if key in known.body["metadata"]}
    return _won(cluster, "POST", f"{_REGISTRATION}/{known.plural}", {**known.body, "metadata": metadata})


def write_clients(cluster: KubernetesApi, known: Configuration, clients: Sequence[Mapping[str, Any]]) -> bool:
    """Write ``clientConfig`` where it differs from what is known, nothing else; False where the configuration has changed."""
    changes = [
        {"op": "replace", "path": f"/webhooks/{index}/clientConfig", "value": dict(wanted)}
        for index, (wanted, present) in enumerate(zip(clients, known.clients, strict=True))
        if dict(wanted) != dict(present)
    ]
    if not changes:
        return True
    body = [{"op": "replace", "path": "/metadata/resourceVersion", "value": known.version}, *changes]
    return _won(cluster, "PATCH", f"{_REGISTRATION}/{known.plural}/{known.name}", body, content=_JSON_PATCH)


def _found(cluster: KubernetesApi, path: str) -> dict[str, Any] | None:
    try:
        body: dict[str, Any] = cluster.request("GET", path)
    except ClusterError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return body


def _won(cluster: KubernetesApi, method: str, path: str, body: object, *, content: str = "application/json") -> bool:
    try:
        cluster.request(method, path, body, content=content)
    except ClusterError as error:
        if error.status == HTTPStatus.CONFLICT:
            return False
        raise
    return True


def _encoded(data: Mapping[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(value).decode() for key, value in data.items()}


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
