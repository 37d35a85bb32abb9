"""``proxyless status`` of a real API server whose controllers make pods, and of small worlds."""

import json

import pytest

from cli.command import proxyless
from controller.worlds import Cluster, deployment, namespace, peer_authentication, pod_of, service
from lab.api import wait_until
from lab.controlplane import ControlPlane
from proxyless.lint.engine import run
from proxyless.lint.overview import overview
from proxyless.lint.pod_states import AgentState, states
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Ref, Resource, resource
from proxyless.report.status_v1 import document, foot, head, rows

CART = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: cart}]}
"""


def pod(body: dict[str, object]) -> Resource:
    made = resource({"apiVersion": "v1", **body})
    assert made is not None
    return made


def test_namespaces_come_worst_first_and_add_up() -> None:
    pods = [pod_of("cart", 0), pod_of("cart", 1, agent=False), pod_of("api", 0, namespace="api")]
    cluster = Cluster(
        namespace("shop", **{"proxyless.dev/injection": "enabled"}),
        namespace("api", **{"istio-injection": "enabled"}),
        deployment("cart"),
        service("cart"),
        peer_authentication("strict"),
        deployment("api", namespace="api"),
        *pods,
    )
    world = World(cluster.store.snapshot())
    found = overview(world, run(ALL, world, world.snapshot), states(map(pod, pods), world))
    shop, api = found.namespaces
    assert (shop.name, shop.injectors, shop.workloads, shop.lacking) == ("shop", ("proxyless",), 1, 1)
    assert {"PX129", "PX130"} <= set(shop.worst)
    assert shop.pods == {AgentState.MISSING: 1, AgentState.AGENT: 1}
    assert (api.name, api.injectors, api.lacking, api.findings.get(Severity.ERROR, 0)) == ("api", ("istio",), 0, 0)
    values = document(found, {"server": "https://here", "kubernetes": "v1.36.0", "istio": None}, ["Sidecar: forbidden"])
    assert values["totals"]["pods"]["no agent"] == 1
    assert values["totals"]["workloads"] == 2
    assert [row[0] for row in rows(values)] == ["shop", "api"]
    assert "Kubernetes v1.36.0, Istio not known" in head(values)
    assert "2 proxyless, 1 with pods that lack the agent" in head(values)
    assert "not read: Sidecar: forbidden" in foot(values)
    seen = overview(world, run(ALL, world, world.snapshot), [], flapping={Ref("Deployment", "api", "api")})
    assert [(item.name, item.flapping) for item in seen.namespaces] == [("shop", 0), ("api", 1)]
    assert "1 with streams that cut each other off (seen in their agents)" in head(
        document(seen, {"server": "", "kubernetes": "", "istio": None}, [], seen=True)
    )
    only = overview(world, run(ALL, world, world.snapshot), states(map(pod, pods), world), "api")
    assert [item.name for item in only.namespaces] == ["api"]


def test_status_of_a_cluster(control_plane: ControlPlane) -> None:
    place = control_plane.namespace("status", {"proxyless.dev/injection": "enabled"})
    control_plane.apply(CART, namespace=place)
    path = f"/api/v1/namespaces/{place}/pods"
    wait_until("two pods", lambda: len(control_plane.api.request("GET", path)["items"]) == 2, timeout=30)
    reach = ("-n", place, "--kubeconfig", str(control_plane.kubeconfig))
    done = proxyless("status", *reach, "--format", "json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    (here,) = told["namespaces"]
    assert (here["name"], here["lacking"], here["pods"]["no agent"]) == (place, 1, 2)
    assert "PX129" in here["worst"]
    assert told["cluster"]["kubernetes"].startswith("v1.")
    screen = proxyless("status", "--streams", *reach).stdout
    assert "(seen in their agents)" in screen
    assert f"cluster     {told['cluster']['server']}" in screen
    assert "1 proxyless, 1 with pods that lack the agent" in screen
    listed = proxyless("pods", "--cluster", *reach)
    assert listed.returncode == 1, listed.stderr
    assert listed.stdout.count(f"kubectl rollout restart deployment/cart --namespace={place}") == 2


@pytest.mark.parametrize("seconds", ["0", "soon", "86400"])
def test_time_between_looks_must_be_one(seconds: str) -> None:
    done = proxyless("status", "--watch", seconds)
    assert done.returncode == 2
    assert "expected seconds from 1 to 3600" in done.stderr
