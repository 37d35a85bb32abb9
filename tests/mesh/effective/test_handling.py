"""What a route does beside sending calls somewhere. That it is what istiod sends is shown by `test_drawn_meshes`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.effective.handling import Abort, Delay, Retries, handling
from proxyless.mesh.effective.matches import ALL
from proxyless.mesh.effective.routes import Route, WeightedCluster, default_route
from proxyless.model.resource import Resource, resource

_HOST = "echo.shop.svc.cluster.local"
_DEFAULT = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"


def _owner() -> Resource:
    found = resource({"kind": "VirtualService", "apiVersion": "networking.istio.io/v1", "metadata": {"name": "vs"}})
    assert found is not None
    return found


def _route(**body: Any) -> Route:
    body = {"route": [{"destination": {"host": _HOST}}]} | body
    cluster = WeightedCluster(f"outbound|7070||{_HOST}", None, ("spec", "http", 0, "route", 0))
    return Route("r", ALL, (cluster,), timeout="0s", body=body, resource=_owner(), path=("spec", "http", 0))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (None, Retries(_DEFAULT, 2)),
        ({}, None),
        ({"attempts": 0}, None),
        ({"attempts": 3}, Retries(_DEFAULT, 3)),
        ({"attempts": 1, "retryOn": "cancelled, 503", "perTryTimeout": "250ms"}, Retries("cancelled,retriable-status-codes", 1, "0.250s")),
        ({"attempts": 1, "retryOn": "503,retriable-status-codes"}, Retries("retriable-status-codes", 1)),
        ({"attempts": 1, "retryOn": "999"}, Retries("999", 1)),
    ],
)  # fmt: skip
def test_retries(written: dict[str, Any] | None, sent: Retries | None) -> None:
    assert handling(_route(**({} if written is None else {"retries": written})), 7070, lambda _: None).retries == sent


def test_the_mesh_may_have_retries_of_its_own() -> None:
    assert handling(_route(), 7070, lambda _: None, {"attempts": 5}).retries == Retries(_DEFAULT, 5)
    assert handling(default_route(_HOST, 7070), 7070, lambda _: None, {"attempts": 0}).retries is None


def test_faults() -> None:
    fault = {
        "abort": {"grpcStatus": "UNAVAILABLE", "percentage": {"value": 0.5}},
        "delay": {"fixedDelay": "1500ms", "percent": 5},
    }
    found = handling(_route(fault=fault), 7070, lambda _: None)
    assert found.abort == Abort(14, is_http=False, per_million=5000)
    assert found.delay == Delay("1.500s", 50_000)
    http = handling(_route(fault={"abort": {"httpStatus": 503}}), 7070, lambda _: None)
    assert http.abort == Abort(503, is_http=True, per_million=None)


def test_a_default_route_has_no_deadline_and_others_do() -> None:
    assert handling(default_route(_HOST, 7070), 7070, lambda _: None).deadline is None
    assert handling(_route(), 7070, lambda _: None).deadline == "0s"


_ODD = st.sampled_from((None, True, -1, 1, 10**30, 1.5, "", "x", "1s", [], ["x"], {}, {"value": "x"}, {"value": 1e300}))
_FIELDS = st.dictionaries(
    st.sampled_from(("retries", "fault", "route")),
    _ODD
    | st.dictionaries(
        st.sampled_from(("attempts", "retryOn", "perTryTimeout", "abort", "delay", "percent")),
        _ODD | st.dictionaries(st.sampled_from(("percentage", "fixedDelay", "grpcStatus", "httpStatus")), _ODD),
    ),
)


@given(_FIELDS)
def test_no_value_of_a_field_breaks_it(body: dict[str, Any]) -> None:
    bare = _route(**body)
    handling(bare._replace(clusters=()) if "route" in body else bare, 7070, lambda _: None)
