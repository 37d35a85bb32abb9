"""What the effective policy of a subset and port is, and where each part of it is written."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mesh.objects import rule
from proxyless.mesh.destination import DestinationRules
from proxyless.mesh.traffic import EffectivePolicy, effective_policy, levels, tls_mode

HOST = "echo.shop.svc.cluster.local"
MTLS = {"tls": {"mode": "ISTIO_MUTUAL"}}
ROUND = {"loadBalancer": {"simple": "ROUND_ROBIN"}}


def port(number: int, **fields: Any) -> dict[str, Any]:
    return {"port": {"number": number}, **fields}


def of(
    policy: dict[str, Any] | None, subset: dict[str, Any] | None = None, number: int | None = 7070
) -> EffectivePolicy:
    spec: dict[str, Any] = {} if policy is None else {"trafficPolicy": policy}
    if subset is not None:
        spec["subsets"] = [{"name": "v1", "trafficPolicy": subset}]
    index = DestinationRules([rule("echo", **spec)], root_namespace="istio-system")
    answer = index.effective(HOST, service_namespace="shop", client_namespace="shop")
    assert answer is not None
    return effective_policy(answer.rule, subset=answer.rule.subset("v1") if subset is not None else None, port=number)


def test_no_policy_has_no_settings_and_no_tls() -> None:
    assert of(None).settings == {}
    assert of(None).tls_mode == ""


def test_tls_without_a_mode_is_disable() -> None:
    assert of({"tls": {}}).tls_mode == "DISABLE"


def test_port_entry_replaces_all_fields() -> None:
    found = of(MTLS | {"portLevelSettings": [port(7070, **ROUND)]})
    assert set(found.settings) == {"loadBalancer"}
    assert found.settings["loadBalancer"].path == ("spec", "trafficPolicy", "portLevelSettings", 0, "loadBalancer")
    assert found.lost["tls"].path == ("spec", "trafficPolicy", "tls")
    assert found.taken_by["tls"].path == ("spec", "trafficPolicy", "portLevelSettings", 0)


def test_port_entry_of_another_port_changes_nothing() -> None:
    found = of(MTLS | {"portLevelSettings": [port(9090, **ROUND)]})
    assert found.tls_mode == "ISTIO_MUTUAL"
    assert not found.lost


def test_first_entry_of_a_port_counts() -> None:
    found = of({"portLevelSettings": [port(7070, **MTLS), port(7070, tls={"mode": "DISABLE"})]})
    assert found.tls_mode == "ISTIO_MUTUAL"


def test_subset_overrides_single_fields() -> None:
    found = of(MTLS | ROUND, {"loadBalancer": {"simple": "RANDOM"}})
    assert found.tls_mode == "ISTIO_MUTUAL"
    assert found.settings["loadBalancer"].path == ("spec", "subsets", 0, "trafficPolicy", "loadBalancer")


def test_subset_over_port_entry_of_the_rule() -> None:
    found = of(MTLS | {"portLevelSettings": [port(7070, **ROUND)]}, {"tls": {"mode": "DISABLE"}})
    assert found.tls_mode == "DISABLE"
    assert "loadBalancer" in found.settings
    assert not found.lost


def test_port_entry_of_the_subset_replaces_the_rules_fields_too() -> None:
    found = of(MTLS | ROUND | {"tunnel": {}}, {"portLevelSettings": [port(7070, connectionPool={})]})
    assert set(found.settings) == {"connectionPool", "tunnel"}
    assert set(found.lost) == {"tls", "loadBalancer"}


def test_levels_are_every_place_that_holds_a_policy() -> None:
    item = rule(
        "echo",
        trafficPolicy=MTLS | {"portLevelSettings": [port(7070)]},
        subsets=[{"name": "v1"}, {"name": "v2", "trafficPolicy": {"portLevelSettings": [port(7071)]}}],
    )
    assert [(level.path, level.subset, level.port) for level in levels(item)] == [
        (("spec", "trafficPolicy"), "", None),
        (("spec", "trafficPolicy", "portLevelSettings", 0), "", 7070),
        (("spec", "subsets", 1, "trafficPolicy"), "v2", None),
        (("spec", "subsets", 1, "trafficPolicy", "portLevelSettings", 0), "v2", 7071),
    ]


ABSENT = object()
TLS = st.sampled_from([ABSENT, None, {}, {"mode": "DISABLE"}, MTLS["tls"], "no mapping"])


def with_tls(tls: object, **fields: Any) -> dict[str, Any]:
    return fields if tls is ABSENT else fields | {"tls": tls}


ENTRY = st.builds(lambda number, tls: with_tls(tls, **port(number)), st.sampled_from([7070, 9090]), TLS)
POLICY = st.builds(with_tls, TLS) | st.builds(
    lambda tls, entries: with_tls(tls, portLevelSettings=entries), TLS, st.none() | st.lists(ENTRY, max_size=2)
)


@given(st.none() | POLICY, st.none() | POLICY)
def test_the_mode_alone_is_that_of_the_whole_policy(
    policy: dict[str, Any] | None, subset: dict[str, Any] | None
) -> None:
    spec: dict[str, Any] = {} if policy is None else {"trafficPolicy": policy}
    spec["subsets"] = [{"name": "v1", "trafficPolicy": subset}]
    answer = DestinationRules([rule("echo", **spec)], root_namespace="istio-system").effective(
        HOST, service_namespace="shop", client_namespace="shop"
    )
    assert answer is not None
    for called in (None, answer.rule.subset("v1")):
        for number in (7070, None):
            whole = effective_policy(answer.rule, subset=called, port=number).tls_mode
            assert tls_mode(answer.rule, subset=called, port=number) == whole
