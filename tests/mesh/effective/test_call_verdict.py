"""What happens to calls, on small meshes written out."""

from typing import Any

import pytest

from mesh.effective.small import echo, mesh_of, peer, pod, route, rule
from mesh.objects import thing
from proxyless.mesh.effective.call_verdict import CallVerdict, verdict
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.pair import Party
from proxyless.model.resource import Resource

HOST = "echo.shop.svc.cluster.local"
MUTUAL = {"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}


def _verdict(mesh: Mesh, party: Party | None = Party.PROXYLESS, namespace: str = "web") -> CallVerdict:
    client = mesh.client(namespace)
    return verdict(mesh, client, client.target(HOST, 7070), lambda _: party)


@pytest.mark.parametrize(
    ("more", "party", "text"),
    [
        ((), Party.PROXYLESS, "plaintext"),
        ((peer("STRICT"),), Party.PROXYLESS, "fails: UNAVAILABLE"),
        ((peer("STRICT"), rule(**MUTUAL)), Party.PROXYLESS, "works with mTLS"),
        ((rule(**MUTUAL),), Party.PROXYLESS, "fails: UNAVAILABLE"),
        ((rule(**MUTUAL),), Party.ENVOY, "fails: UNAVAILABLE"),
        ((peer("STRICT"), rule(**MUTUAL)), Party.ENVOY, "works with mTLS"),
        ((), None, "not decided"),
        ((route({"subset": "gone"}),), Party.PROXYLESS, "fails: UNAVAILABLE, subset gone is not defined"),
        ((route({"port": {"number": 1}}),), Party.PROXYLESS, "fails: UNAVAILABLE, Service shop/echo has no port 1"),
        ((route({}, {"subset": "gone"}),), Party.PROXYLESS, "fails for some calls: UNAVAILABLE, subset gone"),
    ],
)
def test_fate_of_calls(more: tuple[Resource, ...], party: Party | None, text: str) -> None:
    """Both sides' TLS, and clusters that do not exist."""
    assert _verdict(mesh_of(*echo(), *more), party).text.startswith(text)


def test_reason_names_the_field() -> None:
    """A failing pair names the rule that sets no TLS."""
    bare = rule(trafficPolicy={"loadBalancer": {"simple": "LEAST_REQUEST"}})
    found = _verdict(mesh_of(*echo(), peer("STRICT"), bare)).worst.because
    assert (found.resource, found.path) == (bare, ("spec", "trafficPolicy"))


def test_route_to_nowhere_names_its_destination() -> None:
    """A cluster that does not exist is told on the route's entry."""
    sent = route({"subset": "gone"})
    found = _verdict(mesh_of(*echo(), sent)).worst.because
    assert (found.resource, found.path) == (sent, ("spec", "http", 0, "route", 0))


def test_unknown_host_is_not_decided() -> None:
    """Without any Service of the namespace nobody knows."""
    assert _verdict(mesh_of(pod("web", namespace="web"))).text.startswith("not decided: no Service")


def test_order_without_creation_times_is_not_guessed() -> None:
    """Two routes that were not created yet: only where it makes a difference nobody can tell."""
    works, broken = route({}, name="a"), route({"subset": "gone"}, name="b")
    assert _verdict(mesh_of(*echo(), works, broken)).text.startswith("not decided: neither VirtualService shop/a nor")
    assert _verdict(mesh_of(*echo(), works, route({}, name="b"))).text == "plaintext"


def test_rules_without_creation_times_are_not_guessed() -> None:
    """Two DestinationRules that were not created yet, one with mTLS."""
    one, other = rule(**MUTUAL), thing("DestinationRule", "more", {"host": HOST, "trafficPolicy": {}})
    found = _verdict(mesh_of(*echo(), peer("STRICT"), one, other))
    assert found.text.startswith("not decided: neither DestinationRule shop/echo nor DestinationRule shop/more")
    dated = thing("DestinationRule", "more", {"host": HOST, "trafficPolicy": {}}, created="01")
    assert _verdict(mesh_of(*echo(), peer("STRICT"), one, dated)).text.startswith("fails")


def test_label_that_yaml_takes_for_a_truth_value_still_selects() -> None:
    """``tier: y`` is true to kubectl on both sides, and so it is the same on both sides."""
    closed = {"egress": [{"hosts": ["~/*"]}], "workloadSelector": {"labels": {"tier": True}}}
    mesh = mesh_of(*echo(), thing("Sidecar", "closed", closed, namespace="web"))
    assert mesh.client("web", {"tier": True}).target(HOST, 7070).listener is False
    assert mesh.client("web", {"tier": "y"}).target(HOST, 7070).listener is True
    assert mesh.client("web", {"app": "web"}).target(HOST, 7070).listener is True


def test_hidden_service_fails() -> None:
    """A Service that is not exported has no listener."""
    hidden: dict[str, Any] = {"networking.istio.io/exportTo": "."}
    found = _verdict(mesh_of(*echo(annotations=hidden)))
    assert found.text == "fails: UNAVAILABLE, Service shop/echo is not exported to namespace web"
