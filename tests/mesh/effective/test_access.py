"""AuthorizationPolicies against one call: who is let through, who is stopped, and what is missing to say so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.objects import thing
from proxyless.mesh.effective.access import Access, Caller, access
from proxyless.mesh.effective.call import Call
from proxyless.model.path import show
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
CALLER = Caller(Call("/shop.Api/Get"), "web", "cart", "cluster.local", True, "api.shop.svc.cluster.local:7070", 7070)


def _policy(*rules: Any, action: str = "ALLOW", name: str = "p") -> Resource:
    return thing("AuthorizationPolicy", name, {"action": action, "rules": list(rules)})


def _source(**fields: list[str]) -> dict[str, Any]:
    return {"from": [{"source": fields}]}


def _operation(**fields: list[str]) -> dict[str, Any]:
    return {"to": [{"operation": fields}]}


def _when(key: str, **values: list[str]) -> dict[str, Any]:
    return {"when": [{"key": key, **values}]}


def _access(*policies: Resource, caller: Caller = CALLER) -> Access:
    return access(policies, caller)


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({}, YES),
        (_source(principals=["cluster.local/ns/web/sa/cart"]), YES),
        (_source(principals=["*/sa/cart"]), YES),
        (_source(principals=["cluster.local/ns/web/*"]), YES),
        (_source(principals=["*"]), YES),
        (_source(principals=["cluster.local/ns/ops/sa/cart"]), NO),
        (_source(notPrincipals=["cluster.local/ns/ops/sa/cart"]), YES),
        (_source(namespaces=["web"]), YES),
        (_source(notNamespaces=["web"]), NO),
        (_source(serviceAccounts=["web/cart"]), YES),
        (_source(serviceAccounts=["cart"]), NO),
        (_source(requestPrincipals=["*"]), NO),
        (_source(notRequestPrincipals=["*"]), YES),
        (_source(ipBlocks=["10.0.0.0/8"]), UNKNOWN),
        (_source(namespaces=["ops"], ipBlocks=["10.0.0.0/8"]), NO),
        (_operation(paths=["/shop.Api/*"]), YES),
        (_operation(paths=["/shop.Cart/*"]), NO),
        (_operation(paths=["/shop.Api/{*}"]), UNKNOWN),
        (_operation(methods=["POST"]), YES),
        (_operation(methods=["GET"]), NO),
        (_operation(ports=["7070"]), YES),
        (_operation(hosts=["api.shop.svc.cluster.local"]), NO),
        (_operation(hosts=["api.shop.svc.cluster.local:*"]), YES),
        (_when("request.headers[x-tenant]", values=["gold"]), NO),
        (_when("request.headers[x-tenant]", notValues=["gold"]), YES),
        (_when("source.namespace", values=["web"]), YES),
        (_when("destination.port", values=["1"]), NO),
        (_when("request.auth.claims[sub]", values=["x"]), NO),
        (_when("experimental.envoy.filters.x", values=["x"]), UNKNOWN),
        ({**_source(namespaces=["web"]), **_operation(paths=["/x"])}, NO),
    ],
)
def test_one_rule_that_allows(rule: dict[str, Any], allowed: Truth) -> None:
    assert _access(_policy(rule)).allowed is allowed


def test_deny_comes_first_and_names_the_rule() -> None:
    deny = _policy(_source(namespaces=["ops"]), _source(namespaces=["web"]), action="DENY", name="deny")
    found = _access(_policy({}), deny)
    assert found.allowed is NO
    assert found.decider is not None
    assert (found.decider.policy, show(found.decider.said.path)) == (deny, "spec.rules[1]")
    assert "the caller's namespace is web" in found.words


def test_any_of_several_policies_may_allow() -> None:
    assert _access(_policy(_source(namespaces=["ops"])), _policy({}, name="q")).allowed is YES
    assert _access(_policy(_source(namespaces=["ops"]), action="DENY")).allowed is YES
    assert _access().allowed is YES


def test_in_plaintext_nobody_has_an_identity() -> None:
    plain = CALLER._replace(identified=False)
    assert _access(_policy(_source(principals=["*"])), caller=plain).allowed is NO
    assert _access(_policy(_source(namespaces=["*"])), caller=plain).allowed is NO
    assert _access(_policy(_source(principals=["*"]), action="DENY"), caller=plain).allowed is YES
    assert _access(_policy(_source(notPrincipals=["x"]), action="DENY"), caller=plain).allowed is NO


def test_what_is_missing_is_said() -> None:
    open_call = CALLER._replace(call=Call())
    found = _access(_policy(_operation(paths=["/a"]), action="DENY"), caller=open_call)
    assert (found.allowed, "the method is not given" in found.words) == (UNKNOWN, True)
    known = CALLER._replace(address="10.1.2.3")
    assert _access(_policy(_source(ipBlocks=["10.0.0.0/8"])), caller=known).allowed is YES
    assert _access(_policy(_source(remoteIpBlocks=["nonsense"])), caller=known).allowed is UNKNOWN


JUNK = st.recursive(
    st.sampled_from([None, "", "x", "*", 0, True, "10.0.0.0/99"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["from", "source", "to", "operation", "when", "key", "values", "principals", "paths", "ipBlocks"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JUNK, st.sampled_from(["ALLOW", "DENY"]))
def test_no_rule_is_too_strange(rules: Any, action: str) -> None:
    policy = thing("AuthorizationPolicy", "p", {"action": action, "rules": rules})
    assert access([policy], CALLER._replace(address="10.1.2.3")).allowed in Truth
