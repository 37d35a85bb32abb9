"""A pod that serves and dials five targets, over two backends: what one stream per agent breaks and ``direct`` repairs."""

from typing import Any

from live_mesh import PYTHON, Mesh

from lab.node import echo

TARGETS = 5
CLOSED = "registered overlapping stream"
"""The agent's log line at each closure."""


def hub(ns: str, image: str, language: str, version: str, xds: str) -> dict[str, Any]:
    """A server that dials five targets, and says so."""
    said = {
        "proxyless.dev/language": language,
        "proxyless.dev/grpc-version": version,
        "proxyless.dev/targets": str(TARGETS),
        "proxyless.dev/server": "true",
        "proxyless.dev/xds": xds,
    }
    return echo.deployment("hub", ns, image, app="hub", annotations=echo.PROXYLESS | said)


def set_up(mesh: Mesh, ns: str, hub_deployment: dict[str, Any]) -> list[str]:
    """Five Services over two backends, and the hub with a Service of its own; returns the targets."""
    names = [f"echo-{number}" for number in range(TARGETS)]
    mesh.must_apply(*(echo.service(name, ns) for name in names), echo.service("hub", ns, app="hub"))
    mesh.deploy(ns, echo.deployment("echo-v1", ns, PYTHON), echo.deployment("echo-v2", ns, PYTHON, version="v2"))
    mesh.deploy(ns, hub_deployment)
    return [f"xds:///{name}.{ns}.svc.cluster.local:{echo.PORT}" for name in names]


def closures(mesh: Mesh, ns: str) -> int:
    """How often the hub's agent closed a stream so far."""
    pod = mesh.pod(ns, app="hub")["metadata"]["name"]
    return mesh.cluster.kubectl("logs", "-n", ns, pod, "-c", "istio-proxy").stdout.count(CLOSED)


def mutual(ns: str, service: int | str) -> dict[str, Any]:
    """mTLS at the clients of one Service, with subsets by version."""
    name = f"echo-{service}" if isinstance(service, int) else service
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": name, "namespace": ns},
        "spec": {
            "host": f"{name}.{ns}.svc.cluster.local",
            "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}},
            "subsets": [{"name": "v2", "labels": {"version": "v2"}}] if isinstance(service, int) else [],
        },
    }


def to_v2(ns: str, number: int) -> dict[str, Any]:
    """All calls of one Service go to v2."""
    host = f"echo-{number}.{ns}.svc.cluster.local"
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": f"echo-{number}", "namespace": ns},
        "spec": {"hosts": [host], "http": [{"route": [{"destination": {"host": host, "subset": "v2"}}]}]},
    }
