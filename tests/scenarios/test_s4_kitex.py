"""S4 with real Kitex processes, which read xDS from istiod themselves: what works, and what the findings say does not."""

import math
from collections import Counter
from typing import Any

import pytest
from live_mesh import KITEX, Mesh, lint_text

from lab.node import echo

PORT = 8888
CALLS = 300
METAS = '{"CLUSTER_ID": "Kubernetes", "DNS_AUTO_ALLOCATE": "true", "DNS_CAPTURE": "true", "NAMESPACE": "%s"}'
AUTHENTICATED = {
    "KITEX_XDS_ISTIO_AUTH": "true",
    "KITEX_XDS_ISTIO_ADDR": "istiod.istio-system.svc:15012",
    "KITEX_XDS_SA_TOKEN_PATH": "/var/run/secrets/tokens/istio-token",
}


def service(ns: str, name: str, port_name: str) -> dict[str, Any]:
    """A Service before the servers; Kitex wants a port without a type."""
    port = {"port": PORT} | ({"name": port_name} if port_name else {})
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": ns},
        "spec": {"selector": {"app": "hello"}, "ports": [port]},
    }


def deployment(ns: str, name: str, *, version: str, app: str, arguments: tuple[str, ...] = ()) -> dict[str, Any]:
    """A Kitex workload as its guide has it: no agent, downward API, a token for istiod."""
    made = echo.deployment(
        name, ns, KITEX, version=version, app=app, annotations={}, arguments=arguments,
        environment=AUTHENTICATED | {"KITEX_XDS_METAS": METAS % ns},
    )  # fmt: skip
    pod = made["spec"]["template"]["spec"]
    fields = {"POD_NAMESPACE": "metadata.namespace", "POD_NAME": "metadata.name", "INSTANCE_IP": "status.podIP"}
    container = pod["containers"][0]
    container["env"] += [{"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in fields.items()]
    container["ports"] = [{"containerPort": PORT}]
    container["volumeMounts"] = [{"name": "istio-token", "mountPath": "/var/run/secrets/tokens"}]
    token = {"serviceAccountToken": {"audience": "istio-ca", "path": "istio-token"}}
    pod["volumes"] = [{"name": "istio-token", "projected": {"sources": [token]}}]
    return made


def weights(ns: str) -> list[dict[str, Any]]:
    """20 to v1, 80 to v2."""
    host = f"hello.{ns}.svc.cluster.local"
    meta = {"name": "hello", "namespace": ns}
    subsets = [{"name": name, "labels": {"version": name}} for name in ("v1", "v2")]
    route = [
        {"destination": {"host": host, "subset": name}, "weight": weight} for name, weight in (("v1", 20), ("v2", 80))
    ]
    group = "networking.istio.io/v1"
    rule = {
        "apiVersion": group,
        "kind": "DestinationRule",
        "metadata": meta,
        "spec": {"host": host, "subsets": subsets},
    }
    routes = {"hosts": [host], "http": [{"route": route}]}
    return [rule, {"apiVersion": group, "kind": "VirtualService", "metadata": meta, "spec": routes}]


@pytest.mark.cluster
def test_kitex(mesh: Mesh) -> None:
    ns = mesh.namespace("kitex", {})
    mesh.must_apply(service(ns, "hello", ""))
    mesh.deploy(
        ns,
        deployment(ns, "hello-v1", version="v1", app="hello"),
        deployment(ns, "hello-v2", version="v2", app="hello"),
        deployment(ns, "client", version="v1", app="client", arguments=("--no-server",)),
    )
    target = f"hello.{ns}.svc.cluster.local:{PORT}"
    caller = mesh.caller(ns, app="client")

    def both(found: list[dict[str, Any]]) -> bool:
        return {answer.get("version") for answer in found} == {"v1", "v2"}

    answers = caller.until(target, both, count=20, within=40)
    assert both(answers), answers[0]
    assert "PX9" not in findings(mesh, ns)

    # Weights are honored
    mesh.must_apply(*weights(ns))
    caller.until(target, lambda found: 0.6 < share(found) < 1, count=100)
    answers = caller.call(target, count=CALLS)
    assert abs(share(answers) - 0.8) < 3.29 * math.sqrt(0.8 * 0.2 / CALLS), Counter(a.get("version") for a in answers)

    # A typed port is what gRPC likes and Kitex cannot use: told at the apply, and seen
    assert "PX911" in mesh.must_apply(service(ns, "typed", "grpc"))
    assert "PX911" in findings(mesh, ns)
    answers = caller.until(
        f"typed.{ns}.svc.cluster.local:{PORT}", lambda found: "listener" in str(found[0].get("error"))
    )
    assert "listener" in answers[0]["error"], answers


def share(answers: list[dict[str, Any]]) -> float:
    """Share of v2."""
    return sum(int(answer.get("version") == "v2") for answer in answers) / len(answers)


def findings(mesh: Mesh, ns: str) -> str:
    """What the linter says of Kitex in the namespace."""
    kinds = "deployments,services,destinationrules,virtualservices"
    shown = mesh.cluster.kubectl("get", "-n", ns, "-o", "yaml", kinds).stdout
    shown += "---\n" + mesh.cluster.kubectl("get", "-o", "yaml", "namespace", ns).stdout
    return lint_text(shown, "--istio=1.31")[0]
