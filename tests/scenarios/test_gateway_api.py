"""Gateway API routes for the mesh: a Service as parent, real calls. What gRPC clients reject is foretold."""

import math
from collections import Counter
from typing import Any

import pytest
from live_mesh import GO, OWN, PYTHON, Mesh

from lab.node import echo

CALLS = 400
SERVICE = "proxyless.lab.Echo"
CLIENTS = ("python", "go")
WARNED = OWN | {"proxyless.dev/enforcement": "warn"}
"""Where enforcement is strict, what is rejected here could not be applied at all."""


def leads(match: str) -> str:
    """A rule that leads a match to v2."""
    return f"  - matches: [{match}]\n    backendRefs: [{{name: echo-v2, port: 7070}}]\n"


REJECTED = (
    (
        "GRPCRoute",
        leads(f"{{method: {{service: {SERVICE}}}}}"),
        leads(f'{{method: {{type: RegularExpression, service: {SERVICE}, method: ".+"}}}}'),
    ),
    (
        "HTTPRoute",
        leads(f"{{path: {{type: PathPrefix, value: /{SERVICE}}}}}"),
        leads(f"{{path: {{type: Exact, value: /{SERVICE}/Call}}}}"),
    ),
)
"""Kind, rules that every gRPC client rejects, and what the finding says to write instead."""


def backend(ns: str, version: str) -> dict[str, Any]:
    """A Service for the pods of one version."""
    made = echo.service(f"echo-{version}", ns)
    made["spec"]["selector"]["version"] = version
    return made


def route(ns: str, kind: str, rules: str) -> str:
    """A route of the mesh for Service ``echo``."""
    return f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: echo, namespace: {ns}}}
spec:
  parentRefs: [{{group: "", kind: Service, name: echo, port: 7070}}]
  rules:
{rules}"""


def set_up(mesh: Mesh, prefix: str) -> tuple[str, str]:
    """Two versions behind three Services, and clients in Python and Go; returns namespace and target."""
    ns = mesh.namespace(prefix, WARNED)
    mesh.must_apply(echo.service("echo", ns), backend(ns, "v1"), backend(ns, "v2"))
    mesh.deploy(
        ns,
        echo.deployment("echo-v1", ns, PYTHON),
        echo.deployment("echo-v2", ns, PYTHON, version="v2"),
        client(ns, "python", PYTHON),
        client(ns, "go", GO),
    )
    return ns, f"xds:///echo.{ns}.svc.cluster.local:{echo.PORT}"


def client(ns: str, name: str, image: str) -> dict[str, Any]:
    """A client only."""
    return echo.deployment(name, ns, image, app=name, arguments=("--no-server",))


def all_v2(found: list[dict[str, Any]]) -> bool:
    """Whether all calls reached v2."""
    return {answer.get("version") for answer in found} == {"v2"}


@pytest.mark.cluster
def test_mesh_routes(mesh: Mesh) -> None:
    ns, target = set_up(mesh, "gateway-api")

    # By method, and by weight
    rules = f"""\
  - matches: [{{method: {{service: {SERVICE}, method: Two}}}}]
    backendRefs: [{{name: echo-v2, port: 7070}}]
  - backendRefs: [{{name: echo-v1, port: 7070, weight: 80}}, {{name: echo-v2, port: 7070, weight: 20}}]
"""
    assert "PX" not in mesh.must_apply(route(ns, "GRPCRoute", rules))
    for name in CLIENTS:
        caller = mesh.caller(ns, app=name)
        answers = caller.until(target, all_v2, method=f"/{SERVICE}/Two", count=20)
        assert all_v2(answers), (name, answers[0])
        answers = caller.call(target, count=CALLS)
        share = sum(answer.get("version") == "v2" for answer in answers) / CALLS
        assert abs(share - 0.2) < 3.29 * math.sqrt(0.2 * 0.8 / CALLS), (
            name,
            Counter(a.get("version") for a in answers),
        )
    mesh.cluster.kubectl("delete", "grpcroute", "echo", "-n", ns)

    # What every gRPC client rejects: told at the apply, seen by clients that start, mended as the finding says
    for kind, rejected, mended in REJECTED:
        assert "PX520" in mesh.must_apply(route(ns, kind, rejected))
        for name in CLIENTS:
            mesh.cluster.kubectl("rollout", "restart", "-n", ns, f"deployment/{name}")
        for name in CLIENTS:
            echo.await_deployment(mesh.cluster, ns, name)
            answers = mesh.caller(ns, app=name).until(target, lambda found: "error" in found[0], within=10)
            assert answers[0].get("code") == "UNAVAILABLE", (kind, name, answers)
            print(kind, name, answers[0]["error"][:200])
        assert "PX520" not in mesh.must_apply(route(ns, kind, mended))
        for name in CLIENTS:
            answers = mesh.caller(ns, app=name).until(target, all_v2)
            assert all_v2(answers), (kind, name, answers)
        mesh.cluster.kubectl("delete", kind.lower(), "echo", "-n", ns)
