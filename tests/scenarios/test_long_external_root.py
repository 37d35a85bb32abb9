"""``direct`` where istiod serves with a certificate of another authority than the workloads': it does not work, measured.

The pod checks istiod against istiod's own root and reaches it, but istiod then knows that other authority alone, and does
not take the workload's certificate as proof. Such meshes need ``proxyless.dev/xds: agent``: the agent shows a token.
A cluster of its own: which certificate istiod serves with is decided at its start.
"""

import base64
from collections.abc import Iterator

import pytest
from hubs import hub, set_up
from live_mesh import GO, OWN, PYTHON, Mesh

from lab.node import echo, images, istio, product, programs
from lab.node.cluster import Cluster
from lab.pki import Authority

HOSTS = ("istiod.istio-system.svc", "istiod.istio-system.svc.cluster.local", "istiod.istio-system")


@pytest.fixture(scope="module")
def apart() -> Iterator[Mesh]:
    """A mesh whose istiod serves with a certificate of another authority."""
    with Cluster(crds=("istio", "gateway")) as cluster:
        cluster.load(*images.archives([programs.echo_python(), programs.echo_go()]))
        authority = Authority("external")
        pair = authority.server("istiod", HOSTS)
        files = {"tls.crt": pair.cert, "tls.key": pair.key, "ca.crt": authority.pair.cert}
        cluster.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": istio.NAMESPACE}})
        secret = {
            "metadata": {"name": "istiod-tls"},
            "data": {name: base64.b64encode(content).decode() for name, content in files.items()},
        }
        cluster.api.request("POST", f"/api/v1/namespaces/{istio.NAMESPACE}/secrets", secret)
        istio.install(cluster)
        product.install(cluster)
        yield Mesh(cluster)


@pytest.fixture(autouse=True)
def cleared() -> None:
    """In place of the shared one: this cluster goes as a whole."""


def workload_root(mesh: Mesh, ns: str) -> str:
    """The root that the agent wrote for the workload."""
    pod = mesh.pod(ns, app="hub")["metadata"]["name"]
    show = "print(open('/var/lib/istio/data/root-cert.pem').read())"
    return mesh.cluster.exec(ns, pod, "app", "python3", "-c", show).strip()


@pytest.mark.cluster
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("image", "language", "version"), [(PYTHON, "python", "1.85.1"), (GO, "go", "1.85.0")])
def test_istiod_refuses_workload_certificates(apart: Mesh, image: str, language: str, version: str) -> None:
    ns = apart.namespace(f"root-{language}", OWN)
    targets = set_up(apart, ns, hub(ns, image, language, version, "auto"))
    if image == PYTHON:
        published = apart.cluster.api.request("GET", f"/api/v1/namespaces/{ns}/configmaps/istio-ca-root-cert")
        assert published["data"]["root-cert.pem"].strip() != workload_root(apart, ns), "the roots should differ"
    answers = apart.caller(ns, app="hub").until(targets[0], lambda found: "error" not in found[0])
    assert answers[0].get("code") == "UNAVAILABLE", answers
    if image == GO:  # the handshake with istiod is done, against istiod's own root; what it refuses is who calls
        assert "Unauthenticated desc = authentication failure" in answers[0]["error"], answers

    # By the agent it works, with one stream
    apart.deploy(ns, echo.deployment("client", ns, image, app="client", arguments=("--no-server",)))
    answers = apart.caller(ns, app="client").until(targets[0], lambda found: "error" not in found[0])
    assert "error" not in answers[0], answers
