"""The operator as a process against a real API server: conditions follow changes, others' entries survive, nothing is lost."""

import time

import pytest

from controller.replicas import (
    Objects,
    Replica,
    destination_rule,
    peer_authentication,
    policy,
    virtual_service,
    within,
)
from lab.api import APPLY
from lab.controlplane import ControlPlane

pytestmark = pytest.mark.cluster

PROMISE = 2.0
"""Seconds from a change to its condition; an idle machine needs 0.3."""
FOREIGN = {
    "type": "Reconciled",
    "status": "True",
    "reason": "Other",
    "message": "from istiod",
    "lastProbeTime": "2026-01-01T00:00:00Z",
}


@pytest.mark.usefixtures("replica")
def test_a_change_of_either_side_changes_the_condition_of_the_destination_rule(objects: Objects) -> None:
    objects.apply(destination_rule("echo"))
    took = [within("mTLS to a plaintext server", lambda: objects.says("DestinationRule", "echo", "False", "PX302"))]
    objects.apply(peer_authentication("echo"))
    took.append(within("both sides mTLS", lambda: objects.says("DestinationRule", "echo", "True")))
    objects.apply(peer_authentication("echo", "DISABLE"))
    took.append(within("server back to plaintext", lambda: objects.says("DestinationRule", "echo", "False", "PX302")))
    objects.apply(destination_rule("echo", "DISABLE"))
    took.append(within("both sides plaintext", lambda: objects.says("DestinationRule", "echo", "True")))
    objects.apply(peer_authentication("echo", "PERMISSIVE"))
    took.append(within("PERMISSIVE", lambda: objects.says("PeerAuthentication", "echo", "False", "PX301")))
    objects.delete("PeerAuthentication", "echo")
    objects.apply(destination_rule("echo"))
    took.append(
        within("mTLS to a plaintext server again", lambda: objects.says("DestinationRule", "echo", "False", "PX302"))
    )
    print("seconds from change to condition:", [round(seconds, 2) for seconds in took])
    assert max(took) < PROMISE


@pytest.mark.usefixtures("replica")
def test_conditions_and_messages_of_others_survive(objects: Objects) -> None:
    objects.apply(virtual_service("echo"))
    theirs = {"conditions": [FOREIGN], "validationMessages": [{"level": "WARNING", "type": {"code": "IST0101"}}]}
    objects.patch("VirtualService", "echo", {"status": theirs}, status=True)
    within("our entry", lambda: objects.says("VirtualService", "echo", "True"))
    objects.apply(virtual_service("echo", mirror=True))
    within("our entry changed", lambda: objects.says("VirtualService", "echo", "False", "PX502"))
    body = objects.get("VirtualService", "echo")
    assert body["status"]["conditions"][0] == FOREIGN
    assert [entry["type"] for entry in body["status"]["conditions"]] == ["Reconciled", "ProxylessReady"]
    assert body["status"]["validationMessages"] == theirs["validationMessages"]
    assert "annotations" not in body["metadata"]
    assert "finalizers" not in body["metadata"]


def test_one_that_overwrites_the_whole_list_does_not_win_and_no_storm_begins(
    objects: Objects, replica: Replica
) -> None:
    objects.apply(virtual_service("echo"))
    within("our entry", lambda: objects.says("VirtualService", "echo", "True"))
    objects.patch("VirtualService", "echo", {"status": {"conditions": [FOREIGN]}}, status=True)
    within("our entry again", lambda: objects.says("VirtualService", "echo", "True"))
    before = replica.metric("proxyless_status_writes_total")
    end = time.monotonic() + 6
    while time.monotonic() < end:
        if objects.condition("VirtualService", "echo"):
            objects.patch("VirtualService", "echo", {"status": {"conditions": [FOREIGN]}}, status=True)
        time.sleep(0.05)
    assert replica.metric("proxyless_status_writes_total") - before <= 5
    assert objects.condition("VirtualService", "echo", "Reconciled") == FOREIGN


@pytest.mark.usefixtures("replica")
def test_writers_that_race_lose_nothing(objects: Objects) -> None:
    """Somebody else writes the status all the time; ours must come in between without undoing theirs."""
    objects.apply(virtual_service("echo"))
    for number in range(40):
        objects.patch(
            "VirtualService",
            "echo",
            {"status": {"validationMessages": [{"level": "INFO", "documentationUrl": str(number)}]}},
            status=True,
        )
        if number % 8 == 0:
            objects.apply(virtual_service("echo", mirror=number % 16 == 8))
    within("our entry", lambda: objects.says("VirtualService", "echo", "True"))
    assert objects.get("VirtualService", "echo")["status"]["validationMessages"] == [
        {"level": "INFO", "documentationUrl": "39"}
    ]


def test_nothing_is_written_where_nothing_changes(objects: Objects, replica: Replica) -> None:
    objects.apply(virtual_service("echo", mirror=True), destination_rule("echo"), policy("p", {}))
    within("our entry", lambda: objects.says("VirtualService", "echo", "False", "PX502"))
    within("the policy", lambda: objects.condition("ProxylessPolicy", "p").get("status") == "False")
    time.sleep(2)
    versions = [
        objects.get(kind, name)["metadata"]["resourceVersion"]
        for kind, name in (("VirtualService", "echo"), ("ProxylessPolicy", "p"))
    ]
    writes = replica.metric("proxyless_status_writes_total")
    time.sleep(3)
    assert replica.metric("proxyless_status_writes_total") == writes
    assert versions == [
        objects.get(kind, name)["metadata"]["resourceVersion"]
        for kind, name in (("VirtualService", "echo"), ("ProxylessPolicy", "p"))
    ]


@pytest.mark.usefixtures("replica")
def test_a_policy_excuses_and_counts(objects: Objects) -> None:
    objects.apply(virtual_service("echo", mirror=True))
    within("the finding", lambda: objects.says("VirtualService", "echo", "False", "PX502"))
    entry = {"rule": "PX502", "kind": "VirtualService", "name": "echo", "reason": "the gateway needs it"}
    objects.apply(policy("p", {"exceptions": [entry]}))
    took = within("excused", lambda: objects.says("VirtualService", "echo", "True", "PX502"))
    within("counted", lambda: objects.get("ProxylessPolicy", "p").get("status", {}).get("excused") == 1)
    status = objects.get("ProxylessPolicy", "p")["status"]
    assert (status["workloads"], status["findings"]["error"]) == (1, 0)
    assert took < PROMISE
    header, row = objects.control_plane.kubectl("get", "pxp", "p", "-n", objects.namespace).stdout.splitlines()
    assert row.split()[:6] == ["p", "1", "0", "0", "1", "True"], header


@pytest.mark.usefixtures("replica")
def test_what_has_no_proxyless_workload_gets_no_condition(plane: ControlPlane, objects: Objects) -> None:
    plain = Objects(plane, plane.namespace("plain"))
    plain.apply(virtual_service("echo", host="plain.example"), peer_authentication("p"))
    objects.apply(virtual_service("echo"))
    within("the proxyless one", lambda: objects.says("VirtualService", "echo", "True"))
    time.sleep(1)
    assert plain.condition("PeerAuthentication", "p") == {}


@pytest.mark.usefixtures("replica")
def test_a_namespace_that_becomes_proxyless_gets_conditions_and_loses_them_again(plane: ControlPlane) -> None:
    other = Objects(plane, plane.namespace("late"))
    other.apply(peer_authentication("p", "DISABLE"))
    time.sleep(1)
    assert other.condition("PeerAuthentication", "p") == {}
    other.server("late")
    within("the condition", lambda: other.says("PeerAuthentication", "p", "True"))
    other.patch(
        "PeerAuthentication",
        "p",
        {"status": {"conditions": [FOREIGN, other.condition("PeerAuthentication", "p")]}},
        status=True,
    )
    other.delete("Deployment", "late")
    within("our entry gone", lambda: not other.condition("PeerAuthentication", "p"))
    assert other.condition("PeerAuthentication", "p", "Reconciled") == FOREIGN


def test_many_changes_at_once_are_few_passes(objects: Objects, replica: Replica) -> None:
    before = replica.metric("proxyless_judge_seconds_count")
    objects.apply(*(virtual_service(f"v{number}", mirror=True, host=f"h{number}") for number in range(60)))
    within("the last", lambda: objects.says("VirtualService", "v59", "False", "PX502"))
    assert replica.metric("proxyless_judge_seconds_count") - before <= 15


def test_metrics_and_probes_answer(replica: Replica) -> None:
    assert replica.get("/healthz") == (200, "ok\n")
    status, text = replica.get("/readyz")
    assert status == 200
    assert text.startswith("ok\n")
    assert "HTTPRoute" not in text, "a mesh does well without the Gateway API"
    assert replica.metric("proxyless_leader") == 1
    assert replica.metric('proxyless_kind_complete{kind="HTTPRoute"}') == 1, "without the CRD there are none"
    assert replica.metric('proxyless_kind_complete{kind="VirtualService"}') == 1
    assert replica.get("/other")[0] == 404


@pytest.mark.usefixtures("replica")
def test_the_status_of_the_mesh_tells_each_setting_with_its_source(objects: Objects, plane: ControlPlane) -> None:
    def setting(name: str) -> tuple[str, str] | None:
        lines = objects.get("ProxylessMesh", "default").get("status", {}).get("settings", [])
        return next(((line["value"], line["source"]) for line in lines if line["name"] == name), None)

    def istio(mesh: str) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio"}, "data": {"mesh": mesh}}
        path = "/api/v1/namespaces/istio-system/configmaps/istio"
        plane.api.request("PATCH", f"{path}?fieldManager=test&force=true", body, content=APPLY)

    plane.kubectl("create", "namespace", "istio-system")
    istio("trustDomain: theirs.example\nrootNamespace: istio-system\n")
    mesh = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}}
    try:
        objects.apply({**mesh, "spec": {}})
        theirs, ours = ("theirs.example", "ConfigMap istio-system/istio"), ("ours.example", "ProxylessMesh default")
        within("Istio's word", lambda: setting("istio.trustDomain") == theirs)
        within("no word at all", lambda: setting("istio.clusterDomain") == ("cluster.local", "default"))
        objects.apply({**mesh, "spec": {"istio": {"trustDomain": "ours.example"}}})
        within("our word", lambda: setting("istio.trustDomain") == ours)
        istio("trustDomain: theirs.example\nrootNamespace: config\n")
        within("Istio's new word", lambda: setting("istio.rootNamespace") == ("config", theirs[1]))
    finally:
        objects.delete("ProxylessMesh", "default")
        plane.api.request("DELETE", "/api/v1/namespaces/istio-system/configmaps/istio")
