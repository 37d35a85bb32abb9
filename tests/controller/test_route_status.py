"""Conditions of Gateway API routes stand in entries of our own; those of others stay, whatever they are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.replicas import Objects, install_crds, within
from lab import crds
from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller.cleanup import remove_conditions
from proxyless.controller.route_status import CONTROLLER, MOST, is_ours, parents_of, planned
from proxyless.model.resource import Ref, Resource
from proxyless.report.condition import TYPE

SERVICE = {"group": "", "kind": "Service", "name": "echo"}
GATEWAY = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}
THEIRS: dict[str, Any] = {
    "parentRef": SERVICE,
    "controllerName": "istio.io/gateway-controller",
    "conditions": [
        {
            "type": "Accepted",
            "status": "True",
            "reason": "Accepted",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
    ],
}


def route(*references: Mapping[str, Any], present: object = None) -> Resource:
    body = {"spec": {"parentRefs": list(references)}, **({} if present is None else {"status": {"parents": present}})}
    return Resource(Ref("HTTPRoute", "shop", "r"), body)


def make(previous: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"type": TYPE, "status": "True", "lastTransitionTime": (previous or {}).get("lastTransitionTime", "now")}


def ours(reference: Mapping[str, Any], time: str = "now") -> dict[str, Any]:
    entry = {"type": TYPE, "status": "True", "lastTransitionTime": time}
    return {"parentRef": dict(reference), "controllerName": CONTROLLER, "conditions": [entry]}


def test_each_parent_has_an_entry_that_keeps_its_place_and_time() -> None:
    other = {**SERVICE, "name": "other"}
    assert planned(route(SERVICE), [SERVICE, other], make) == {"parents": [ours(SERVICE), ours(other)]}
    present = [ours(SERVICE, "before"), THEIRS]
    assert planned(route(SERVICE, present=present), [SERVICE], make) is None
    assert planned(route(present=present), [other], make) == {"parents": [THEIRS, ours(other)]}
    assert planned(route(present=present), [], make) == {"parents": [THEIRS]}
    assert planned(route(), [], make) is None


def test_parents_in_the_mesh_matter_and_a_gateway_only_where_something_is_found() -> None:
    assert parents_of(route(GATEWAY, SERVICE, SERVICE), finds=True) == [SERVICE]
    assert parents_of(route(GATEWAY), finds=True) == [GATEWAY]
    assert parents_of(route(GATEWAY), finds=False) == []


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(st.lists(st.one_of(ANYTHING, st.just(THEIRS), st.just(ours(SERVICE))), max_size=40), st.integers(0, 3))
def test_entries_of_others_stay_in_order_and_a_second_look_writes_nothing(present: list[Any], number: int) -> None:
    references = [{**SERVICE, "name": f"s{index}"} for index in range(number)]
    status = planned(route(present=present), references, make)
    after = present if status is None else status["parents"]
    foreign = [entry for entry in present if not is_ours(entry)]
    assert [entry for entry in after if not is_ours(entry)] == foreign
    assert len(after) - len(foreign) == min(number, max(0, MOST - len(foreign)))
    assert planned(route(present=after), references, make) is None


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """One with the Gateway API's CRDs, which others of these tests are without."""
    with ControlPlane(scheduler=False) as started:
        install_crds(started)
        crds.install(started.api, "gateway")
        yield started


def http_route(name: str, *filters: dict[str, Any]) -> dict[str, Any]:
    rule = {"filters": list(filters), "backendRefs": [{"name": name, "port": 7070}]}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": {"parentRefs": [{**SERVICE, "name": name}], "rules": [rule]},
    }


MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "echo", "port": 7070}}}


def said(objects: Objects) -> dict[str, Any]:
    """Our condition of the route, empty where it has none."""
    entries = objects.get("HTTPRoute", "echo").get("status", {}).get("parents", [])
    return next((entry["conditions"][0] for entry in entries if is_ours(entry)), {})


def says(objects: Objects, status: str, code: str = "") -> Callable[[], bool]:
    return lambda: said(objects).get("status") == status and code in said(objects)["message"]


@pytest.mark.cluster
@pytest.mark.usefixtures("replica")
def test_a_route_on_a_real_server_gets_it_beside_the_entry_of_another_controller(
    objects: Objects, plane: ControlPlane
) -> None:
    objects.apply(http_route("echo"))
    within("our entry", says(objects, "True"))
    present = objects.get("HTTPRoute", "echo")["status"]["parents"]
    objects.patch("HTTPRoute", "echo", {"status": {"parents": [THEIRS, *present]}}, status=True)
    objects.apply(http_route("echo", MIRROR))
    within("what the route's filter does", says(objects, "False", "PX"))
    first, second = objects.get("HTTPRoute", "echo")["status"]["parents"]
    assert first == {**THEIRS, "parentRef": first["parentRef"]}
    assert second["parentRef"] == {**SERVICE, "name": "echo"}
    objects.patch("HTTPRoute", "echo", {"status": {"parents": [THEIRS]}}, status=True)
    within("our entry again, after another wrote the whole list", says(objects, "False", "PX"))
    print(said(objects), plane)


@pytest.mark.cluster
def test_an_uninstall_takes_our_entries_alone(objects: Objects, plane: ControlPlane) -> None:
    objects.apply(http_route("echo"))
    mine = {
        **ours(SERVICE)["conditions"][0],
        "reason": "Ready",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    entries = [THEIRS, {**ours(SERVICE), "conditions": [mine]}]
    objects.patch("HTTPRoute", "echo", {"status": {"parents": entries}}, status=True)
    removed, failures = remove_conditions(KubernetesApi.connect(str(plane.kubeconfig)))
    assert (removed > 0, failures) == (True, [])
    (left,) = objects.get("HTTPRoute", "echo")["status"]["parents"]
    assert left["controllerName"] == THEIRS["controllerName"]
