"""What pods took, put together from CSDS and from istiod's record; and pods of an odd shape."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.adapters import admin_port, istiods, pod_state, running, syncz
from proxyless.adapters.csds import XdsClientStatus, XdsResourceStatus
from proxyless.lint.why.taken import BY_APPLICATION, BY_ISTIOD, TakenState, Took
from proxyless.model.client import Client, Framework
from proxyless.model.resource import Ref

ROUTES = "RouteConfiguration"


def _told(state: str, error: str = "", **contents: Any) -> XdsClientStatus:
    held = {(ROUTES, name): value for name, value in contents.items()}
    one = XdsResourceStatus(ROUTES, "r", state, error)
    return XdsClientStatus("node", "", "gRPC", Client(Framework.GRPC, None, None), (one,), held)


def test_states_of_csds() -> None:
    for state, took, shown in (
        ("ACKED", Took.ACCEPTED, False),
        ("DOES_NOT_EXIST", Took.ACCEPTED, True),
        ("NACKED", Took.REJECTED, False),
        ("REQUESTED", Took.PENDING, False),
        ("TIMEOUT", Took.PENDING, False),
    ):
        found = pod_state.by_csds([_told(state, "why")])
        assert (found.by, found.named) == (BY_APPLICATION, {(ROUTES, "r"): TakenState(took, "why", shown)})


def test_of_two_xds_clients_in_one_application_the_one_that_rejects_counts() -> None:
    for order in ([_told("ACKED", r={"x": 1}), _told("NACKED", "bad")], [_told("NACKED", "bad"), _told("ACKED")]):
        assert pod_state.by_csds(order).named[ROUTES, "r"].took is Took.REJECTED
    found = pod_state.by_csds([_told("ACKED", r={"x": 1})])
    assert found.held is not None
    assert found.held.routes == {"r": {"x": 1}}


def test_istiods_record_is_of_this_pod_alone() -> None:
    accepted = syncz.StreamState("Listener", syncz.SYNCED, "")
    never = syncz.StreamState("Cluster", syncz.NOT_SENT, "")
    streams = [syncz.XdsStream("web-1.shop", (accepted, never)), syncz.XdsStream("web-1.other", ())]
    found = pod_state.by_record(streams, "web-1", "shop")
    assert found is not None
    assert (found.by, found.types) == (BY_ISTIOD, {"Listener": (TakenState(Took.ACCEPTED),)})
    assert pod_state.by_record(streams, "web-2", "shop") is None


def test_a_port_whose_name_tells_of_admin_services() -> None:
    ports = [{"name": "grpc", "containerPort": 7070}, {"name": "grpc-admin", "containerPort": 9000}]
    pod = {
        "spec": {
            "containers": [{"name": "app", "ports": ports}, {"name": "istio-proxy", "ports": [{"containerPort": 1}]}]
        }
    }
    assert (admin_port.named(pod), admin_port.declared(pod)) == ([9000], [7070, 9000])


KEYS = (
    "metadata", "annotations", "labels", "istio.io/rev", "spec", "containers", "name", "env", "value", "ports",
    "containerPort", "status", "podIP", "phase", "conditions", "type", "serviceAccountName",
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner | st.sampled_from(["istio-proxy", "PROXY_CONFIG", "{", "[]", '{"discoveryAddress": "a.b:1"}']),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), JUNK, max_size=3))
def test_no_pod_is_too_strange(pod: dict[str, Any]) -> None:
    found = istiods.of_agent(pod)
    assert found is None or isinstance(found, Ref)
    assert isinstance(admin_port.declared(pod), list)
    assert isinstance(istiods.node_of(pod, "cluster.local").identity, str)
    assert isinstance(istiods.account_of(pod), Ref)
    assert isinstance(running.is_ready(pod) or running.is_running(pod), bool)
