"""Objects in Istio's root namespace hold for the whole mesh, proxyless pods included; our findings agree with calls.

They are removed again whatever happens: every other scenario would feel them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from live_mesh import OWN, PYTHON, Mesh, lint_text

from lab.demo import manifests as m
from lab.node import echo

ROOT = "istio-system"
KINDS = "peerauthentications,destinationrules,authorizationpolicies,sidecars"


def item(kind: str, spec: dict[str, Any], name: str = "mesh-wide", namespace: str = ROOT) -> dict[str, Any]:
    """An Istio object."""
    group = "security" if kind in ("PeerAuthentication", "AuthorizationPolicy") else "networking"
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": meta, "spec": spec}


STRICT = item("PeerAuthentication", {"mtls": {"mode": "STRICT"}}, "default")
MUTUAL = item("DestinationRule", {"host": "*.local", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}})
NOTHING = item("AuthorizationPolicy", {})
FORBIDDEN = item(
    "AuthorizationPolicy",
    {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/proxyless.lab.Echo/Forbidden"]}}]}]},
)
NARROW = item("Sidecar", {"egress": [{"hosts": ["istio-system/*"]}]}, "default")


@pytest.fixture
def root(mesh: Mesh) -> Iterator[None]:
    yield
    mesh.cluster.kubectl("delete", KINDS, "--all", "-n", ROOT)


def findings(mesh: Mesh, ns: str) -> str:
    """What the linter says of the namespace and the root namespace together."""
    shown = [
        mesh.cluster.kubectl("get", "-o", "yaml", "-n", ROOT, KINDS).stdout,
        mesh.cluster.kubectl("get", "-o", "yaml", "-n", ns, f"deployments,services,{KINDS}").stdout,
        mesh.cluster.kubectl("get", "-o", "yaml", "namespace", ns).stdout,
    ]
    return lint_text("---\n".join(shown))[0]


def dials(ns: str, name: str) -> dict[str, Any]:
    """A client that says in its manifest whom it dials."""
    target = f"xds:///echo.{ns}.svc.cluster.local:{echo.PORT}"
    return echo.deployment(name, ns, PYTHON, app=name, arguments=("--no-server",), environment={"TARGET": target})


@pytest.mark.cluster
@pytest.mark.usefixtures("root")
def test_objects_of_the_root_namespace(mesh: Mesh) -> None:
    ns = mesh.namespace("meshwide", OWN)
    target = f"xds:///echo.{ns}.svc.cluster.local:{echo.PORT}"
    mesh.must_apply(m.service(ns))
    mesh.deploy(ns, echo.deployment("echo-v1", ns, PYTHON), dials(ns, "client"))
    caller = mesh.caller(ns, app="client")
    assert "error" not in caller.until(target, lambda found: "error" not in found[0])[0]

    # PeerAuthentication: every server demands mTLS, which no client has yet
    mesh.must_apply(STRICT)
    answers = caller.until(target, lambda found: "error" in found[0])
    assert answers[0].get("code") == "UNAVAILABLE", answers
    assert "PX302" in mesh.await_condition("PeerAuthentication", ROOT, "default", "False")["message"]
    assert "PX302" in findings(mesh, ns)

    # DestinationRule for all hosts: the pair is complete
    mesh.must_apply(MUTUAL)
    answers = caller.until(target, lambda found: bool(found[0].get("tls")))
    assert answers[0].get("peer") == f"spiffe://cluster.local/ns/{ns}/sa/default", answers
    mesh.await_condition("PeerAuthentication", ROOT, "default", "True")
    assert "PX302" not in findings(mesh, ns)

    # A nearer rule without tls takes its host out of it
    mesh.must_apply(m.subsets(ns))
    answers = caller.until(target, lambda found: "error" in found[0])
    assert answers[0].get("code") == "UNAVAILABLE", answers
    assert "PX406" in findings(mesh, ns)
    mesh.cluster.kubectl("delete", "destinationrule", "--all", "-n", ns)
    assert caller.until(target, lambda found: bool(found[0].get("tls")))[0].get("tls")

    # AuthorizationPolicy: one that is meant to deny everything denies nothing, a real DENY does
    assert "PX601" in mesh.must_apply(NOTHING) + findings(mesh, ns)
    mesh.must_apply(FORBIDDEN | {"metadata": FORBIDDEN["metadata"] | {"name": "forbidden"}})
    forbidden = "/proxyless.lab.Echo/Forbidden"
    answers = caller.until(target, lambda found: found[0].get("code") == "PERMISSION_DENIED", method=forbidden)
    assert answers[0].get("code") == "PERMISSION_DENIED", answers
    assert "error" not in caller.call(target)[0], (
        "the policy that allows nothing is in force by now, and denies nothing"
    )

    # Sidecar: hosts that it does not import are gone for clients
    assert "PX253" in mesh.must_apply(NARROW) + findings(mesh, ns)
    mesh.deploy(ns, dials(ns, "late"))
    answers = mesh.caller(ns, app="late").call(target, timeout=20)
    assert "error" in answers[0], answers
    print(json.dumps(answers[0]))
