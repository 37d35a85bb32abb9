"""The product comes, is upgraded and goes: no pod create fails meanwhile, and nothing of it is left.

Whatever happens the product is installed again at the end: the other scenarios need it.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from creates import Creates
from live_mesh import OWN, Mesh

from lab.api import wait_until
from lab.demo import manifests as m
from lab.node import echo, images, product

MARK = "proxyless.dev/injected"
NEWER = "localhost/proxyless:newer"


@pytest.fixture
def installed(mesh: Mesh) -> Iterator[None]:
    yield
    product.install(mesh.cluster, agent_image=images.ENVOY)


def apply(mesh: Mesh, text: str) -> None:
    """``kubectl apply``, as an upgrade does it."""
    done = mesh.cluster.kubectl("apply", "--server-side", "-f", "-", stdin=text, timeout=120)
    assert done.returncode == 0, done.stderr


def await_image(mesh: Mesh, image: str) -> None:
    """Wait until every pod of the product runs an image, and no other pod of it is left."""

    def there() -> bool:
        pods = mesh.cluster.api.request("GET", f"/api/v1/namespaces/{product.SYSTEM}/pods")["items"]
        return bool(pods) and all(
            container["image"] == image and pod["status"]["phase"] == "Running"
            for pod in pods
            for container in pod["spec"]["containers"]
        )

    wait_until(f"all pods on {image}", there, timeout=240, every=0.5)
    product.await_ready(mesh.cluster, timeout=240)


@pytest.mark.cluster
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("installed")
def test_upgrade_and_uninstall(mesh: Mesh) -> None:
    ns = mesh.namespace("lifecycle", OWN)
    mesh.must_apply(m.service(ns), m.subsets(ns), m.client_mtls(ns), m.peer_authentication(ns, "STRICT"))
    mesh.await_condition("DestinationRule", ns, "echo-mtls", "True")
    text = patient(product.manifests(mesh.cluster))

    # The same manifests again, then a newer image, under load
    mesh.cluster.tag_image(product.IMAGE, NEWER)
    with Creates(mesh, ns) as creates:
        apply(mesh, text)
        time.sleep(1)
        apply(mesh, text.replace(product.IMAGE, NEWER))
        await_image(mesh, NEWER)
    made = mesh.cluster.api.request("GET", f"/api/v1/namespaces/{ns}/pods")["items"]
    bare = [pod["metadata"]["name"] for pod in made if MARK not in pod["metadata"].get("annotations", {})]
    print(f"upgrade: {creates.made} pods created, {len(creates.failures)} refused, {len(bare)} without agent")
    assert creates.made > 10
    assert creates.failures == []
    assert bare == [], why_unanswered(mesh)
    assert mesh.condition("DestinationRule", ns, "echo-mtls")["status"] == "True"

    # Gone, in the steps of docs/how-to/install.md
    uninstall(mesh)
    assert leftovers(mesh) == []
    for kind, name in (("DestinationRule", "echo-mtls"), ("PeerAuthentication", "echo-strict")):
        assert mesh.condition(kind, ns, name) == {}
    with Creates(mesh, ns) as creates:
        time.sleep(1)
    assert not creates.failures


def patient(text: str) -> str:
    """Manifests whose webhooks may take 30 s: a review that an upgrade loses stays lost, one on a busy machine is late."""
    assert text.count("timeoutSeconds: 5\n") >= 3
    return text.replace("timeoutSeconds: 5\n", "timeoutSeconds: 30\n")


def uninstall(mesh: Mesh) -> None:
    """As docs/how-to/install.md has it; only the image's name is the lab's."""
    run = mesh.cluster.kubectl
    assert run("scale", "-n", product.SYSTEM, "deployment/proxyless-operator", "--replicas=0").returncode == 0
    operator = {"app.kubernetes.io/component": "operator"}
    wait_until("operator gone", lambda: not echo.pods(mesh.cluster, product.SYSTEM, **operator), timeout=60)
    apply(mesh, product.manifests(mesh.cluster, "manifests/uninstall"))
    waited = run(
        "wait",
        "-n",
        product.SYSTEM,
        "--for=condition=complete",
        "job/proxyless-uninstall",
        "--timeout=90s",
        timeout=100,
    )
    assert waited.returncode == 0, run("logs", "-n", product.SYSTEM, "job/proxyless-uninstall").stdout
    deleted = run("delete", "-f", "-", stdin=product.manifests(mesh.cluster), timeout=180)
    assert deleted.returncode == 0, deleted.stderr


def why_unanswered(mesh: Mesh) -> str:
    """What the API server says of each review that it got no answer to and let pass."""
    lines = (mesh.cluster.folder / "kube-apiserver.log").read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "failing open" in line and "proxyless.dev" in line)


def leftovers(mesh: Mesh) -> list[str]:
    """Every object of every kind in the cluster that has our name in its name, or is of a kind of ours."""
    listed = mesh.cluster.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
    assert "configmaps" in listed
    assert not [kind for kind in listed if kind.endswith("proxyless.dev")]
    asked = [kind for kind in listed if kind not in ("events", "events.events.k8s.io", "componentstatuses")]
    done = mesh.cluster.kubectl("get", ",".join(asked), "-A", "-o", "json", "--ignore-not-found", timeout=120)
    found: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    assert len(found) > 50, done.stderr
    return [
        f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        for item in found
        if "proxyless" in item["metadata"]["name"] or item["metadata"].get("namespace") == product.SYSTEM
    ]
