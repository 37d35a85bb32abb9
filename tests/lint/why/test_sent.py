"""What istiod sends against what was calculated: each kind of difference, and answers of an odd shape."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.why.small import BASE, GET, HOST, MUTUAL, STRICT, ask, routes, world_of
from proxyless.lint.why.question import Question
from proxyless.lint.why.sent import Sent, differences

V1, V2 = f"outbound|7070|v1|{HOST}", f"outbound|7070|v2|{HOST}"
POD = """---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, namespace: shop, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
ports: [{name: grpc, port: 7070}]
endpoints: [{addresses: [10.1.2.3], targetRef: {kind: Pod, namespace: shop, name: api-5d-x}}]
"""


def _question() -> Question:
    split = f"{{route: [{{destination: {{host: {HOST}, subset: v1}}, weight: 90}}, {{destination: {{host: {HOST}, subset: v2}}, weight: 10}}]}}"
    return ask(world_of(BASE + MUTUAL + STRICT + POD + routes(split))).question


def _sent() -> dict[str, Any]:
    shares = [{"name": V1, "weight": 90}, {"name": V2, "weight": 10}]
    host = {"domains": [HOST], "routes": [{"route": {"weighted_clusters": {"clusters": shares}}}]}
    place = {"endpoint": {"address": {"socket_address": {"address": "10.1.2.3", "port_value": 7070}}}}
    return {
        "listeners": {f"{HOST}:7070": {}},
        "routes": {"r": {"virtual_hosts": [{"domains": ["other"]}, host]}},
        "clusters": {V1: {"transport_socket": {}}, V2: {"transport_socket": {}}},
        "endpoints": {V1: {"endpoints": [{"lb_endpoints": [place]}]}, V2: {}},
    }


def _differ(sent: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item.topic, item.calculated, item.sent) for item in differences(_question(), Sent(**sent))]


def test_the_same() -> None:
    assert _differ(_sent()) == []


@pytest.mark.parametrize(
    ("part", "value", "found"),
    [
        ("listeners", {}, ("listener", "there", "not there")),
        ("routes", {}, ("routes", f"unnamed -> {V1} (90), {V2} (10)", "none")),
        ("clusters", {V1: {"transport_socket": {}}}, ("cluster", "there", "not there")),
        ("clusters", {V1: {"name": V1}, V2: {"transport_socket": {}}}, ("tls", "mTLS", "plaintext")),
        ("endpoints", {V2: {}}, ("endpoints", "10.1.2.3:7070", "none")),
    ],
)
def test_each_difference(part: str, value: dict[str, Any], found: tuple[str, str, str]) -> None:
    assert _differ(_sent() | {part: value}) == [found]


def test_a_listener_that_should_not_be_there() -> None:
    question = ask(world_of(BASE, complete=("Service", "ServiceEntry")), "api.web.svc.cluster.local:1", GET).question
    sent = Sent({"api.web.svc.cluster.local:1": {}}, {}, {}, {})
    assert [(item.calculated, item.sent) for item in differences(question, sent)] == [("not there", "there")]


JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["virtual_hosts", "domains", "routes", "route", "cluster", "endpoints", "lb_endpoints", V1]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@settings(deadline=None)  # the machine may be busy
@given(
    st.sampled_from(["routes", "clusters", "endpoints"]), st.dictionaries(st.sampled_from([V1, "r"]), JUNK, max_size=2)
)
def test_no_answer_is_too_strange(part: str, value: dict[str, Any]) -> None:
    assert isinstance(_differ(_sent() | {part: value}), list)
