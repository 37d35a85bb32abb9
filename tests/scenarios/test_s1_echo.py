"""S1, proxyless echo: discovery, weights, client mTLS alone, server mTLS, PERMISSIVE; with real pods and calls.

Played twice: with pods that we inject ourselves, and with pods that Istio's injector renders after us.
"""

import math
from collections import Counter

import pytest
from live_mesh import DELEGATE, GO, OWN, PYTHON, Mesh

from lab.demo import manifests as m
from lab.node import echo

CALLS = 1000
Z = 3.29
"""Standard deviations that hold 99.9 % of a normal distribution, both sides."""


@pytest.mark.cluster
@pytest.mark.parametrize(("mode", "labels", "image"), [("own", OWN, PYTHON), ("delegate", DELEGATE, PYTHON)])
def test_s1(mesh: Mesh, mode: str, labels: dict[str, str], image: str) -> None:
    ns = mesh.namespace(f"s1-{mode}", labels)
    target = f"xds:///echo.{ns}.svc.cluster.local:7070"
    mesh.must_apply(m.service(ns))
    mesh.deploy(
        ns,
        echo.deployment("echo-v1", ns, image),
        echo.deployment("echo-v2", ns, image, version="v2"),
        echo.deployment("client", ns, image, app="client", arguments=("--no-server",)),
    )
    for app in ("echo", "client"):
        pod = mesh.pod(ns, app=app)
        names = [container["name"] for container in pod["spec"]["containers"]]
        assert names == ["istio-proxy", "app"], "the agent comes first, so that the hold works"
        assert f'"mode":"{mode}"' in pod["metadata"]["annotations"]["proxyless.dev/injected"].replace(" ", "")

    # 1. Discovery
    client = mesh.caller(ns, app="client")
    answers = client.until(target, lambda found: {a.get("version") for a in found} == {"v1", "v2"}, count=5)
    assert {answer.get("version") for answer in answers} == {"v1", "v2"}, answers
    assert mesh.foretold(f"{ns}/client", target) == "plaintext"

    # 2. Weights, within the 99.9 % interval of 1,000 calls
    assert "Warning" not in mesh.must_apply(m.subsets(ns), m.weights(ns))
    client.until(target, lambda found: 0.5 < share(found) < 1, count=100)
    answers = client.call(target, count=CALLS)
    assert abs(share(answers) - 0.8) < Z * math.sqrt(0.8 * 0.2 / CALLS), Counter(a.get("version") for a in answers)
    assert mesh.await_condition("VirtualService", ns, "echo-weights", "True")

    # 3. Client mTLS alone: foretold by the warning, then by the condition, then seen
    assert "PX302" in mesh.must_apply(m.client_mtls(ns))
    condition = mesh.await_condition("DestinationRule", ns, "echo-mtls", "False")
    assert "PX302" in condition["message"]
    answers = client.until(target, lambda found: all("error" in answer for answer in found), count=3)
    assert all(answer.get("code") == "UNAVAILABLE" for answer in answers), answers
    assert "WRONG_VERSION_NUMBER" in answers[0]["error"]
    assert mesh.foretold(f"{ns}/client", target) == "unavailable"

    # 5. PERMISSIVE is refused, with the reason and the remedy
    refused = mesh.apply(m.peer_authentication(ns, "PERMISSIVE"))
    assert refused.returncode != 0
    assert "PX301" in refused.stderr
    assert "STRICT" in refused.stderr

    # 4. Server mTLS: the pair is complete, the peer is known by its SPIFFE identity
    mesh.must_apply(m.peer_authentication(ns, "STRICT"))
    mesh.await_condition("DestinationRule", ns, "echo-mtls", "True")
    answers = client.until(target, lambda found: all(answer.get("tls") for answer in found), count=5)
    assert {answer.get("peer") for answer in answers} == {f"spiffe://cluster.local/ns/{ns}/sa/default"}, answers
    assert mesh.foretold(f"{ns}/client", target) == "mtls"


def share(answers: list[dict[str, object]]) -> float:
    """Share of v2."""
    return sum(answer.get("version") == "v2" for answer in answers) / len(answers)


@pytest.mark.cluster
def test_go_speaks_the_same_mtls(mesh: Mesh) -> None:
    ns = mesh.namespace("s1-go", OWN)
    target = f"xds:///echo.{ns}.svc.cluster.local:7070"
    mesh.must_apply(m.service(ns))
    mesh.deploy(
        ns,
        echo.deployment("echo-v1", ns, GO),
        echo.deployment("client", ns, GO, app="client", arguments=("--no-server",)),
    )
    client = mesh.caller(ns, app="client")
    answers = client.until(target, lambda found: "error" not in found[0])
    assert answers[0].get("tls") is False, answers
    mesh.must_apply(m.client_mtls(ns), m.peer_authentication(ns, "STRICT"))
    answers = client.until(target, lambda found: bool(found[0].get("tls")))
    assert answers[0].get("peer") == f"spiffe://cluster.local/ns/{ns}/sa/default", answers
