"""Istio in a cluster of the lab: istiod from its own charts, with the images of `lab.node.images`.

Called by scenarios and the demo after the cluster is up. istioctl carries the charts; nothing is fetched.
"""

import json
import subprocess
from collections.abc import Sequence

from lab.api import wait_until
from lab.errors import LabError
from lab.node import images
from lab.node.cluster import Cluster
from lab.parts import binary

NAMESPACE = "istio-system"
MINIMAL = (
    "profile=minimal",
    "values.global.proxy.resources.requests.cpu=5m",
    "values.pilot.resources.requests.cpu=50m",
)
"""istiod alone, with requests that leave room for many pods on a node of two cores."""
STOCK_ENVOY = (
    "values.telemetry.enabled=false",
    "values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE=false",
    "values.pilot.env.PILOT_ENABLE_ALPN_FILTER=false",
)
"""Keeps istiod from sending filters that only Istio's own Envoy build knows, for gateways on a stock Envoy."""


GATEWAY = (*MINIMAL, *STOCK_ENVOY, "values.global.proxy.image=envoy", "values.global.proxy_init.image=envoy")
"""istiod for a mesh that also has gateways and sidecars on a stock Envoy."""


def manifests(settings: Sequence[str] = MINIMAL) -> str:
    """What `istioctl install` would apply, as YAML."""
    options = [part for setting in ("hub=localhost", "tag=lab", *settings) for part in ("--set", setting)]
    done = subprocess.run(
        [binary("istioctl"), "manifest", "generate", *options], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode != 0:
        raise LabError(f"istioctl manifest generate: {done.stderr.strip()}")
    return done.stdout


def install(cluster: Cluster, settings: Sequence[str] = MINIMAL) -> None:
    """Load the images, apply the charts and wait until istiod serves. The cluster must have Istio's CRDs already."""
    cluster.load(images.pilot(), images.proxy())
    if NAMESPACE not in {
        item["metadata"]["name"] for item in cluster.api.request("GET", "/api/v1/namespaces")["items"]
    }:
        cluster.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    done = cluster.kubectl(
        "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifests(settings), timeout=120
    )
    if done.returncode != 0:
        raise LabError(f"Istio was refused: {done.stderr.strip()}")
    await_istiod(cluster)


def await_istiod(cluster: Cluster) -> None:
    """Wait until istiod is available and its injector has its certificate in the webhook configuration."""
    deployment = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/istiod"
    hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-sidecar-injector"

    def ready() -> bool:
        available = cluster.api.request("GET", deployment).get("status", {}).get("availableReplicas", 0)
        trusted = all(hook["clientConfig"].get("caBundle") for hook in cluster.api.request("GET", hooks)["webhooks"])
        return bool(available and trusted)

    wait_until("istiod ready", ready, timeout=120)


def install_gateway(cluster: Cluster, *, name: str = "istio-ingressgateway", namespace: str = NAMESPACE) -> None:
    """An ingress gateway on a stock Envoy: Deployment and Service, injected by istiod. Needs `GATEWAY` settings."""
    cluster.load(images.envoy())
    labels = {"istio": "ingressgateway", "app": name}
    cluster.apply(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": _gateway(name, namespace, labels)}),
        namespace=namespace,
    )
    wait_until(
        f"{name} ready",
        lambda: (
            cluster.api.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
            .get("status", {})
            .get("availableReplicas")
        ),
        timeout=90,
    )


def _gateway(name: str, namespace: str, labels: dict[str, str]) -> list[dict[str, object]]:
    meta = {"name": name, "namespace": namespace}
    pod = {
        "metadata": {
            "labels": labels | {"sidecar.istio.io/inject": "true"},
            "annotations": {"inject.istio.io/templates": "gateway"},
        },
        "spec": {
            "serviceAccountName": name,
            "terminationGracePeriodSeconds": 0,
            # `auto` has no tag, so the API server would default to Always before istiod puts the real image in
            "containers": [{"name": "istio-proxy", "image": "auto", "imagePullPolicy": "IfNotPresent"}],
        },
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"selector": labels, "ports": [{"name": "grpc", "port": 8080, "targetPort": 8080}]},
        },
    ]
