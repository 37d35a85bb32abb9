"""``why`` where pods that run lack the agent: what is written is right, and calls fail all the same."""

from lint.why.small import BASE, MUTUAL, STRICT, ask, decided_by, fix_of, world_of

WORKS = BASE + MUTUAL + STRICT


def _pod(name: str, namespace: str, number: int = 0, agent: str = "") -> str:
    """A pod of a Deployment; ``agent``: one more container, in flow style."""
    return f"""---
apiVersion: v1
kind: Pod
metadata:
  name: {name}-5d9c8b7f6-{number}
  generateName: {name}-5d9c8b7f6-
  namespace: {namespace}
  labels: {{app: {name}, version: v1, pod-template-hash: 5d9c8b7f6}}
  ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: {name}-5d9c8b7f6, controller: true}}]
spec: {{containers: [{{name: app, image: app}}{agent}]}}
status: {{phase: Running}}
"""


AGENT = ", {name: istio-proxy, image: proxyv2, env: [{name: DISABLE_ENVOY, value: 'true'}]}"
RESTART = "kubectl rollout restart deployment/api --namespace=shop"


def test_server_whose_pods_lack_the_agent_is_plaintext() -> None:
    found = ask(world_of(BASE + STRICT + _pod("api", "shop")))
    assert (found.outcome.text, found.works) == ("plaintext", True)
    assert decided_by(found) == "Deployment shop/api spec.template.spec.containers"
    assert found.outcome.end.because.words == "all pods of Deployment shop/api lack the agent: they serve plaintext"
    assert found.repair is not None
    assert (found.repair.command, found.repair.code) == (RESTART, "PX129")


def test_some_pods_without_agent_fail_calls_by_mtls() -> None:
    pods = _pod("api", "shop") + _pod("api", "shop", 1, AGENT)
    found = ask(world_of(WORKS + pods))
    assert found.outcome.text.startswith(
        "fails for some calls: UNAVAILABLE, 1 of 2 pods of Deployment shop/api lack the agent"
    )
    assert fix_of(found) == f"Replace them: `{RESTART}`."


def test_client_whose_pods_lack_the_agent_has_no_bootstrap() -> None:
    found = ask(world_of(WORKS + _pod("cart", "web")))
    assert found.outcome.text.startswith("fails: UNAVAILABLE, Deployment web/cart: all pods lack the agent")
    assert "deployment/cart --namespace=web" in fix_of(found)


def test_pods_with_the_agent_change_nothing() -> None:
    pods = _pod("api", "shop", 0, AGENT) + _pod("cart", "web", 0, AGENT)
    found = ask(world_of(WORKS + pods))
    assert (found.outcome.text, decided_by(found)) == (
        "works with mTLS",
        "DestinationRule shop/api spec.trafficPolicy.tls.mode",
    )
