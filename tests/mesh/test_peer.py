"""Which PeerAuthentication counts, and what a proxyless server speaks then."""

import pytest

from mesh.objects import peer
from proxyless.mesh.peer import MtlsMode, PeerMode, Speaks, effective_peer, server_speaks
from proxyless.model.resource import Resource


def of(*policies: Resource, port: int | None = None, app: str = "echo", namespace: str = "shop") -> PeerMode:
    return effective_peer(policies, labels={"app": app}, namespace=namespace, root_namespace="istio-system", port=port)


def test_default_is_permissive_and_has_no_source() -> None:
    assert of() == PeerMode(MtlsMode.PERMISSIVE)


def test_workload_beats_namespace_beats_mesh() -> None:
    mesh = peer("mesh", "STRICT", namespace="istio-system")
    namespace = peer("namespace", "DISABLE")
    workload = peer("workload", "PERMISSIVE", app="echo")
    assert of(mesh).source is mesh
    assert of(mesh, namespace).source is namespace
    assert of(mesh, namespace, workload) == PeerMode(MtlsMode.PERMISSIVE, workload, ("spec", "mtls", "mode"))
    assert of(mesh, namespace, workload, app="other").source is namespace


@pytest.mark.parametrize("unset", [peer("unset", app="echo"), peer("unset", "UNSET", app="echo")])
def test_unset_inherits_from_the_next_level_that_says_something(unset: Resource) -> None:
    mesh = peer("mesh", "STRICT", namespace="istio-system")
    assert of(unset, peer("namespace", "UNSET"), mesh).source is mesh


def test_oldest_of_a_level_counts_whole_even_where_it_says_nothing() -> None:
    older, younger = peer("z", app="echo", created="01"), peer("a", "STRICT", app="echo", created="02")
    assert of(younger, older).mode is MtlsMode.PERMISSIVE


def test_same_age_falls_back_to_the_name() -> None:
    first, second = peer("a", "STRICT", created="01"), peer("b", "DISABLE", created="01")
    assert of(second, first).source is first


def test_policies_of_other_namespaces_do_not_count() -> None:
    assert of(peer("other", "STRICT", namespace="other")).source is None


def test_selector_in_the_root_namespace_is_never_used() -> None:
    assert of(peer("mesh", "STRICT", app="echo", namespace="istio-system")).source is None
    own = peer("mesh", "STRICT", app="echo", namespace="istio-system")
    assert of(own, namespace="istio-system").source is None


def test_root_policy_is_also_the_one_of_its_own_workloads() -> None:
    mesh = peer("mesh", "STRICT", namespace="istio-system")
    assert of(mesh, namespace="istio-system").source is mesh


def test_port_level_is_for_the_listening_port_only() -> None:
    policy = peer("ports", "STRICT", app="echo", ports={"17070": "DISABLE"})
    assert of(policy, port=17070) == PeerMode(MtlsMode.DISABLE, policy, ("spec", "portLevelMtls", "17070", "mode"))
    assert of(policy, port=7070).mode is MtlsMode.STRICT
    assert of(policy).mode is MtlsMode.STRICT


def test_unset_port_inherits_from_its_workload() -> None:
    policy = peer("ports", app="echo", ports={"17070": "UNSET"})
    namespace = peer("namespace", "STRICT")
    assert of(policy, namespace, port=17070).source is namespace


def test_port_level_without_selector_is_not_used() -> None:
    assert of(peer("ports", "STRICT", ports={"17070": "DISABLE"}), port=17070).mode is MtlsMode.STRICT


@pytest.mark.parametrize(
    ("mode", "plain", "labeled"),
    [
        (MtlsMode.STRICT, Speaks.TLS, Speaks.TLS),
        (MtlsMode.PERMISSIVE, Speaks.PLAINTEXT, Speaks.TLS),
        (MtlsMode.DISABLE, Speaks.PLAINTEXT, Speaks.PLAINTEXT),
    ],
)
def test_label_turns_permissive_into_tls_and_disable_beats_it(mode: MtlsMode, plain: Speaks, labeled: Speaks) -> None:
    assert server_speaks(mode, {}) is plain
    assert server_speaks(mode, {"security.istio.io/tlsMode": "istio"}) is labeled
    assert server_speaks(mode, {"security.istio.io/tlsMode": "disabled"}) is plain
