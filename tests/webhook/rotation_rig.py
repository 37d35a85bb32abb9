"""A webhook's certificates in a cluster, for the tests of rotation: replicas that share one configuration and one Secret."""

import base64
import functools
import secrets
from typing import Any

from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import KubernetesApi
from proxyless.process.readiness import Readiness
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.rotation import CERTIFICATE, CertificateObjects, Keeper, Times
from proxyless.webhook.tls import ServingTls

PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NAME = "webhook.test.svc"


class Rig:
    """One Secret and one configuration of its own on the shared API server."""

    def __init__(self, plane: ControlPlane) -> None:
        self.api = plane.api
        self.kubeconfig = str(plane.kubeconfig)
        self.name = f"rig-{secrets.token_hex(3)}"
        self.namespace = plane.namespace()
        self.place = CertificateObjects(
            namespace=self.namespace, secret=self.name, mutating=(self.name,), validating=(), names=(NAME, "127.0.0.1")
        )
        self.api.request("POST", PATH, self.configuration(self.name))

    @staticmethod
    def configuration(name: str) -> dict[str, Any]:
        rule = {"operations": ["CREATE"], "apiGroups": ["none.example"], "apiVersions": ["v1"], "resources": ["things"]}
        hook = {
            "clientConfig": {"service": {"namespace": "test", "name": "webhook", "path": "/inject"}},
            "rules": [rule],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{"name": f"{side}.test.proxyless.dev", **hook} for side in ("a", "b")],
        }

    def keeper(
        self, tls: ServingTls | None = None, *, times: Times | None = None, **more: Any
    ) -> tuple[Keeper, Readiness]:
        readiness = Readiness(CERTIFICATE)
        made = Keeper(
            functools.partial(KubernetesApi.connect, self.kubeconfig),
            tls or ServingTls(),
            more.pop("place", self.place),
            readiness,
            more.pop("metrics", Metrics()),
            times=times,
            **more,
        )
        return made, readiness

    def hooks(self, name: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.request("GET", f"{PATH}/{name or self.name}")["webhooks"]
        return found

    def bundle(self) -> str:
        bundles = {hook["clientConfig"].get("caBundle", "") for hook in self.hooks()}
        assert len(bundles) == 1
        return base64.b64decode(bundles.pop()).decode()
