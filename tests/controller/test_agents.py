"""Conditions follow the pods that run, on a real API server with the controllers that make and replace pods."""

from typing import Any

import pytest

from controller.replicas import Objects, Replica, destination_rule, peer_authentication, service, within
from lab.controlplane import ControlPlane

pytestmark = pytest.mark.cluster

AGENT = {"name": "istio-proxy", "image": "agent", "env": [{"name": "DISABLE_ENVOY", "value": "true"}]}


def cart(*more: dict[str, Any]) -> dict[str, Any]:
    """A workload of two pods; what is more stands in its template as an injector would write it into the pods."""
    template = {
        "metadata": {"labels": {"app": "cart"}, "annotations": {"proxyless.dev/injected": "{}"} if more else {}},
        "spec": {"containers": [{"name": "cart", "image": "cart"}, *more]},
    }
    spec = {"replicas": 2, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": "cart"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart"},
        "spec": {**spec, "template": template},
    }


def pods(objects: Objects) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = objects.api.request("GET", f"/api/v1/namespaces/{objects.namespace}/pods")["items"]
    return found


def events(objects: Objects) -> dict[str, str]:
    """Our Events about the Deployment: message by reason."""
    found = objects.api.request("GET", f"/api/v1/namespaces/{objects.namespace}/events")["items"]
    uid = objects.get("Deployment", "cart")["metadata"]["uid"]
    return {
        item["reason"]: item["message"]
        for item in found
        if item["involvedObject"].get("uid") == uid and item["source"].get("component") == "proxyless-operator"
    }


def test_pods_older_than_the_label_make_conditions_false_until_they_are_replaced(
    plane: ControlPlane, replica: Replica
) -> None:
    shop = Objects(plane, plane.namespace("older"))
    shop.apply(cart(), service("cart"), peer_authentication("default"), destination_rule("cart", host="cart"))
    within("two pods", lambda: len(pods(shop)) == 2)
    plane.kubectl("label", "namespace", shop.namespace, "proxyless.dev/injection=enabled")
    within("what the pods lack", lambda: shop.says("PeerAuthentication", "default", "False", "PX130"))
    within("the rule of their clients", lambda: shop.says("DestinationRule", "cart", "False", "PX130"))
    told = shop.condition("PeerAuthentication", "default")
    assert told["reason"] == "PodsLackAgent"
    assert f"All pods of Deployment {shop.namespace}/cart lack the agent: they serve plaintext" in told["message"]
    restart = f"kubectl rollout restart deployment/cart --namespace={shop.namespace}"
    assert restart in told["message"]
    within("the Event", lambda: restart in events(shop).get("PodsLackAgent", ""))
    assert replica.metric(f'proxyless_agents{{namespace="{shop.namespace}",state="missing"}}') == 2
    shop.apply(cart(AGENT))
    within("pods with the agent", lambda: shop.says("PeerAuthentication", "default", "True"), timeout=30)
    within("the rule, too", lambda: shop.says("DestinationRule", "cart", "True"))
    within("that it is over", lambda: "PodsHaveAgent" in events(shop))
    assert replica.metric(f'proxyless_agents{{namespace="{shop.namespace}",state="present"}}') == 2
    assert replica.metric(f'proxyless_agents{{namespace="{shop.namespace}",state="missing"}}') == 0


@pytest.mark.usefixtures("replica")
def test_the_operator_restarts_what_the_owner_of_the_mesh_lets_it(plane: ControlPlane) -> None:
    shop = Objects(plane, plane.namespace("repair", {"proxyless.dev/injection": "enabled"}))
    mesh = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}}
    shop.apply({**mesh, "spec": {"repair": {"podsWithoutAgent": "restart"}}})
    try:
        shop.apply(cart())
        within("the Event", lambda: "RestartedForAgent" in events(shop), timeout=60)
        owner = shop.get("Deployment", "cart")
        assert owner["metadata"]["annotations"]["proxyless.dev/restarted-for"]
        assert owner["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
        within(
            "the rollout", lambda: len({hash_of(pod) for pod in pods(shop)}) == 1 and len(pods(shop)) == 2, timeout=30
        )
    finally:
        shop.delete("ProxylessMesh", "default")


def hash_of(pod: dict[str, Any]) -> str:
    """Which template a pod is of."""
    return str(pod["metadata"]["labels"]["pod-template-hash"])
