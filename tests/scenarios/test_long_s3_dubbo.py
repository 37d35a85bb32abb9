"""S3 with real Dubbo processes, which read xDS from istiod themselves: what works, and what the findings say does not.

Only with `make scenarios LONG=1`: how often Dubbo has to be started until it does not get in its own way is up to chance.
"""

import time
from typing import Any

import pytest
from live_mesh import DUBBO, Mesh, lint_text

from lab.node import echo

PORT, METADATA_PORT = 50052, 20885
SECONDS_TO_START = 60
"""What hangs ends itself; this is for what is merely slow."""


def service(ns: str, name: str, port_name: str, port: int = PORT) -> dict[str, Any]:
    """A headless Service before the providers; Dubbo asks for their metadata past it, so it needs no port for that."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": ns},
        "spec": {
            "clusterIP": "None",
            "selector": {"app": "provider"},
            "ports": [{"name": port_name, "port": port, "targetPort": PORT}],
        },
    }


def deployment(
    ns: str, app: str, *, version: str = "v1", arguments: tuple[str, ...] = (), policy: str = "third-party-jwt"
) -> dict[str, Any]:
    """A Dubbo workload: no agent, downward API, a token for istiod, and a probe that ends what hangs at its start."""
    registry = {"DUBBO_REGISTRY_ADDRESS": "xds://istiod.istio-system.svc:15012", "JWT_POLICY": policy}
    made = echo.deployment(
        f"{app}-{version}", ns, DUBBO, version=version, app=app, annotations={},
        arguments=(f"--name={app}", *arguments), environment=registry,
    )  # fmt: skip
    pod = made["spec"]["template"]["spec"]
    fields = {"POD_NAME": "metadata.name", "WORKLOAD_NAMESPACE": "metadata.namespace"}
    container = pod["containers"][0]
    container["env"] += [{"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in fields.items()]
    container["ports"] = [{"containerPort": PORT}, {"containerPort": METADATA_PORT}]
    container["startupProbe"] = container["readinessProbe"] | {"failureThreshold": SECONDS_TO_START}
    container["volumeMounts"] = [{"name": "istio-token", "mountPath": "/var/run/secrets/tokens"}]
    token = {"serviceAccountToken": {"audience": "istio-ca", "path": "istio-token"}}
    pod["volumes"] = [{"name": "istio-token", "projected": {"sources": [token]}}]
    return made


def weights(ns: str, first: int, second: int) -> list[dict[str, Any]]:
    """So much to v1, so much to v2."""
    host = f"provider.{ns}.svc.cluster.local"
    group, meta = "networking.istio.io/v1", {"name": "provider", "namespace": ns}
    subsets = [{"name": name, "labels": {"version": name}} for name in ("v1", "v2")]
    route = [
        {"destination": {"host": host, "subset": name}, "weight": weight}
        for name, weight in (("v1", first), ("v2", second))
        if weight
    ]
    rule = {"host": host, "subsets": subsets}
    return [
        {"apiVersion": group, "kind": "DestinationRule", "metadata": meta, "spec": rule},
        {
            "apiVersion": group,
            "kind": "VirtualService",
            "metadata": meta,
            "spec": {"hosts": [host], "http": [{"route": route}]},
        },
    ]


def strict(ns: str) -> dict[str, Any]:
    """mTLS demanded of the whole namespace."""
    meta = {"name": "strict", "namespace": ns}
    spec = {"mtls": {"mode": "STRICT"}}
    return {"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": meta, "spec": spec}


@pytest.mark.cluster
@pytest.mark.timeout(900)
def test_dubbo(mesh: Mesh) -> None:
    ns = mesh.namespace("dubbo", {})
    mesh.must_apply(service(ns, "provider", "grpc"), service(ns, "typed", "http-echo", 50061))
    start(mesh, ns, deployment(ns, "provider", version="v1"), deployment(ns, "provider", version="v2"))
    assert "PX9" not in findings(mesh, ns)

    # A port named after Dubbo is what istiod sends no routes for: told at the apply, and seen below
    assert "PX901" in mesh.must_apply(service(ns, "untyped", "dubbo", 50060))
    start(mesh, ns, deployment(ns, "client", arguments=("--no-server", "--first=provider")))
    caller = mesh.caller(ns, app="client")
    for target in ("provider", "typed"):
        answers = caller.until(target, from_both, count=20)
        assert from_both(answers), answers[0]
    assert no_provider(caller.call("untyped")), caller.call("untyped")
    assert "PX901" in findings(mesh, ns)

    # STRICT is not enforced on Dubbo's servers, and its clients send plaintext
    assert "PX902" in mesh.must_apply(strict(ns))
    enforced = caller.until("provider", lambda found: not from_both(found), count=20, within=5)
    assert from_both(enforced), enforced[0]

    # Weighted routes have no cluster where Dubbo looks for one; a route to one subset has, for who starts after it
    assert "PX905" in mesh.must_apply(*weights(ns, 20, 80))
    start(mesh, ns, deployment(ns, "late", arguments=("--no-server", "--first=provider")))
    answers = mesh.caller(ns, app="late").call("provider", count=5)
    assert no_provider(answers), answers[0]
    assert "PX905" not in mesh.must_apply(*weights(ns, 0, 100))
    start(mesh, ns, deployment(ns, "later", arguments=("--no-server", "--first=provider")))
    answers = mesh.caller(ns, app="later").call("provider", count=20)
    assert {answer.get("version") for answer in answers} == {"v2"}, answers[0]


@pytest.mark.cluster
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("second", "works"), [("tcp-metadata", True), ("grpc-metadata", False)])
def test_dubbo_second_port(mesh: Mesh, second: str, *, works: bool) -> None:
    """A second port that istiod sends routes for leaves consumers without a provider, however often they start."""
    ns = mesh.namespace("dubbo", {})
    both = service(ns, "provider", "grpc")
    both["spec"]["ports"].append({"name": second, "port": METADATA_PORT, "targetPort": METADATA_PORT})
    mesh.must_apply(both)
    start(mesh, ns, deployment(ns, "provider"))
    assert ("PX909" in findings(mesh, ns)) is not works
    for number in range(3):
        mesh.must_apply(deployment(ns, f"client{number}", arguments=("--no-server", "--first=provider")))
    called: set[int] = set()
    ends = time.monotonic() + (200 if works else 100)
    while len(called) < 3 and time.monotonic() < ends:
        called.update(number for number in range(3) if number not in called and calls(mesh, ns, f"client{number}"))
        time.sleep(2)
    assert called == (set(range(3)) if works else set())


@pytest.mark.cluster
def test_dubbo_token(mesh: Mesh) -> None:
    """The token of Dubbo's guide is one that istiod does not take."""
    ns = mesh.namespace("dubbo", {})
    guide = deployment(ns, "client", arguments=("--no-server",), policy="first-party-jwt")
    start(mesh, ns, guide)
    assert "PX904" in findings(mesh, ns)
    answers = mesh.caller(ns, app="client").call("provider")
    assert "exchanger" in str(answers[0].get("error")), answers
    told = mesh.cluster.kubectl("logs", "-n", ns, "-l", "app=client", "--tail=-1").stdout
    assert "UNAUTHENTICATED" in told, told


def start(mesh: Mesh, ns: str, *deployments: dict[str, Any]) -> None:
    """Create Deployments and wait until they serve, some after a restart or two."""
    mesh.must_apply(*deployments)
    for item in deployments:
        echo.await_deployment(mesh.cluster, ns, item["metadata"]["name"], timeout=200)


def calls(mesh: Mesh, ns: str, app: str) -> bool:
    """Whether a consumer runs and gets an answer."""
    status = mesh.pod(ns, app=app).get("status", {})
    if not any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", [])):
        return False
    return "version" in mesh.caller(ns, app=app).call("provider")[0]


def from_both(answers: list[dict[str, Any]]) -> bool:
    """Whether both versions answered, and nothing failed."""
    return {answer.get("version") for answer in answers} == {"v1", "v2"}


def no_provider(answers: list[dict[str, Any]]) -> bool:
    """Whether all calls failed for want of a provider."""
    return all("No provider available" in str(answer.get("error")) for answer in answers)


def findings(mesh: Mesh, ns: str) -> str:
    """What the linter says of Dubbo in the namespace."""
    kinds = "deployments,services,destinationrules,virtualservices,peerauthentications"
    shown = mesh.cluster.kubectl("get", "-n", ns, "-o", "yaml", kinds).stdout
    shown += "---\n" + mesh.cluster.kubectl("get", "-o", "yaml", "namespace", ns).stdout
    return lint_text(shown, "--istio=1.31")[0]
