"""Echo workloads in a cluster: their manifests, and a way to make them call each other. Called by scenarios."""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.api import wait_until
from lab.node.cluster import Cluster

HOLD = '{"holdApplicationUntilProxyStarts": true}'
PROXYLESS = {"inject.istio.io/templates": "grpc-agent", "proxy.istio.io/config": HOLD}
"""Pod annotations of scenario S1."""
PORT, TARGET_PORT, CONTROL = 7070, 17070, 17171


def deployment(
    name: str,
    namespace: str,
    image: str,
    *,
    version: str = "v1",
    app: str = "echo",
    replicas: int = 1,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A Deployment of an echo program; annotations default to those of scenario S1."""
    own = {"app": app, "version": version, **(labels or {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app, "version": version}},
            "template": {
                "metadata": {"labels": own, "annotations": dict(PROXYLESS if annotations is None else annotations)},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [
                        {
                            "name": "app",
                            "image": image,
                            "imagePullPolicy": "Never",
                            "args": [f"--version={version}", *arguments],
                            "env": [{"name": key, "value": value} for key, value in (environment or {}).items()],
                            "ports": [{"containerPort": TARGET_PORT}, {"containerPort": CONTROL}],
                            "readinessProbe": {"httpGet": {"path": "/", "port": CONTROL}, "periodSeconds": 1},
                        }
                    ],
                },
            },
        },
    }


def service(name: str, namespace: str, app: str = "echo") -> dict[str, Any]:
    """The Service of scenario S1: grpc 7070 to 17070 and the control port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"app": app},
            "ports": [
                {"name": "grpc", "port": PORT, "targetPort": TARGET_PORT},
                {"name": "http-control", "port": CONTROL, "targetPort": CONTROL},
            ],
        },
    }


def await_deployment(cluster: Cluster, namespace: str, name: str, timeout: float = 60) -> None:
    """Wait until all replicas of the newest generation are available and no older pod is left."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"

    def ready() -> bool:
        return is_available(cluster.api.request("GET", path))

    wait_until(f"Deployment {namespace}/{name} ready", ready, timeout=timeout)


def is_available(deployment: dict[str, Any]) -> bool:
    """Whether all replicas of the newest generation are available and no older pod is left."""
    wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
    return bool(
        status.get("observedGeneration") == deployment["metadata"]["generation"]
        and status.get("availableReplicas", 0) == status.get("replicas", 0) == wanted
        and status.get("updatedReplicas", 0) == wanted
    )


def pods(cluster: Cluster, namespace: str, **labels: str) -> list[dict[str, Any]]:
    """Pods with these labels that are not being deleted."""
    selector = ",".join(f"{key}%3D{value}" for key, value in labels.items())
    found = cluster.api.request("GET", f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


@dataclass
class Caller:
    """The control port of one pod, reached through a door."""

    cluster: Cluster
    port: int

    @classmethod
    def of(cls, cluster: Cluster, namespace: str, **labels: str) -> "Caller":
        """A caller in the first ready pod with these labels."""
        pod = next(item for item in pods(cluster, namespace, **labels) if item["status"].get("podIP"))
        caller = cls(cluster, cluster.door(pod["status"]["podIP"], CONTROL))
        wait_until("control port", caller.answers, timeout=30)
        return caller

    def answers(self) -> bool:
        """Whether the control port answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return bool(answer.status == 200)

    def call(self, target: str, **order: object) -> list[dict[str, Any]]:
        """Make calls from that pod; see the contract in ``programs/echo_python/echo.py``."""
        body = json.dumps({"target": target, **order}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/forward", body, timeout=300) as answer:
            return list(json.load(answer)["results"])

    def until(self, target: str, accept: Any, *, within: float = 20, **order: object) -> list[dict[str, Any]]:
        """Call until a batch of results is acceptable; returns the last batch either way."""
        deadline = time.monotonic() + within
        while True:
            results = self.call(target, **order)
            if accept(results) or time.monotonic() > deadline:
                return results
            time.sleep(0.2)
