"""The operator when things go wrong: killed, without rights, without CRDs, without a server, beside another replica."""

import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.access import READ, kubeconfig_for, rule, set_rules
from controller.replicas import (
    Objects,
    Replica,
    destination_rule,
    install_crds,
    peer_authentication,
    policy,
    running,
    virtual_service,
    within,
)
from lab.controlplane import ControlPlane
from lab.ports import free_port
from proxyless.model.kinds import KINDS, WATCHED

pytestmark = pytest.mark.cluster

PROMISE = 2.0
"""Seconds from SIGTERM to the end."""


def lease_of(plane: ControlPlane, namespace: str) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/proxyless-operator"
    spec: dict[str, Any] = plane.api.request("GET", path)["spec"]
    return spec


def test_a_kill_and_a_restart_lose_nothing(plane: ControlPlane, objects: Objects, tmp_path: Path) -> None:
    objects.apply(destination_rule("echo"), virtual_service("gone", mirror=True), policy("p", {}))
    with running(plane.kubeconfig, tmp_path, namespace=objects.namespace, lease_duration=2) as replica:
        within("broken pair", lambda: objects.says("DestinationRule", "echo", "False", "PX302"), 30)
        within("counted", lambda: errors_of(objects) == 1)
        replica.kill()
        objects.apply(peer_authentication("echo"), virtual_service("new", mirror=True))
        objects.delete("VirtualService", "gone")
        replica.start()
        within("pair in order", lambda: objects.says("DestinationRule", "echo", "True"), 30)
        within("made meanwhile", lambda: objects.says("VirtualService", "new", "False", "PX502"))
        within("counted again", lambda: errors_of(objects) == 0)
        there = len(plane.api.request("GET", "/apis/networking.istio.io/v1/virtualservices")["items"])
        assert replica.metric('proxyless_objects{kind="VirtualService"}') == there, "no ghosts"


def errors_of(objects: Objects) -> int | None:
    """What the policy's status counts."""
    status = objects.get("ProxylessPolicy", "p").get("status", {})
    count: int | None = status.get("findings", {}).get("error")
    return count


def test_of_two_replicas_one_writes_and_the_other_takes_over(
    plane: ControlPlane, objects: Objects, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"namespace": objects.namespace, "lease_duration": 2}
    with running(plane.kubeconfig, tmp_path, **options) as first:
        first.until_ready()
        within("the first leads", lambda: first.metric("proxyless_leader") == 1)
        with running(plane.kubeconfig, tmp_path, **options) as second:
            second.until_ready()
            objects.apply(destination_rule("echo"))
            within("broken pair", lambda: objects.says("DestinationRule", "echo", "False", "PX302"))
            assert (first.metric("proxyless_leader"), second.metric("proxyless_leader")) == (1, 0)
            assert second.metric("proxyless_status_writes_total") == 0
            assert 'proxyless_findings{code="PX302"' in first.get("/metrics")[1]
            assert "proxyless_findings{" not in second.get("/metrics")[1], "sums over replicas are true"
            assert second.metric('proxyless_objects{kind="DestinationRule"}') >= 1, (
                "the standby knows, but does not write"
            )
            first.kill()
            objects.apply(peer_authentication("echo"))
            took = within("pair in order, by the other", lambda: objects.says("DestinationRule", "echo", "True"), 10)
            assert took < 2 + 2 * PROMISE
            assert second.metric("proxyless_leader") == 1


def test_a_polite_end_hands_over_at_once(plane: ControlPlane, objects: Objects, tmp_path: Path) -> None:
    options: dict[str, Any] = {"namespace": objects.namespace, "lease_duration": 60}
    with running(plane.kubeconfig, tmp_path, **options) as first:
        first.until_ready()
        within("the first leads", lambda: first.metric("proxyless_leader") == 1)
        code, seconds = first.terminate()
        assert code == 0
        assert seconds < PROMISE
        assert lease_of(plane, objects.namespace)["holderIdentity"] == ""
        with running(plane.kubeconfig, tmp_path, **options) as second:
            within("the second leads", lambda: second.metric("proxyless_leader") == 1)


def rights(*, without: str = "") -> list[dict[str, Any]]:
    """All that the operator needs, but for one kind."""
    groups: dict[str, list[str]] = {}
    for kind in WATCHED:
        if kind != without:
            groups.setdefault(KINDS[kind].group, []).append(KINDS[kind].plural)
    leases = rule("coordination.k8s.io", ["leases"], ("get", "create", "update"))
    statuses = [
        rule(kind.group, [f"{kind.plural}/status"], ("patch",))
        for name, kind in KINDS.items()
        if kind.conditions and kind.watched and name != without
    ]
    return [leases, *(rule(group, names, READ) for group, names in groups.items()), *statuses]


def test_a_kind_without_rights_is_named_and_everything_else_works(
    plane: ControlPlane, objects: Objects, tmp_path: Path
) -> None:
    name, file = kubeconfig_for(plane, tmp_path, rights(without="DestinationRule"))
    objects.apply(virtual_service("echo", mirror=True), destination_rule("echo"))
    with running(file, tmp_path, namespace=objects.namespace) as replica:
        replica.until_ready()
        within("the others", lambda: objects.says("VirtualService", "echo", "False", "PX502"))
        text = replica.get("/readyz")[1]
        assert "degraded: not checked: DestinationRule (" in text
        assert '{apiGroups: ["networking.istio.io"], resources: ["destinationrules"], verbs: [list, watch]}' in text
        assert objects.condition("DestinationRule", "echo") == {}
        set_rules(plane, name, rights())
        within("the kind, once it may be read", lambda: objects.says("DestinationRule", "echo", "False", "PX302"), 30)
        assert "DestinationRule" not in replica.get("/readyz")[1]


def test_a_status_that_may_not_be_written_is_named(plane: ControlPlane, objects: Objects, tmp_path: Path) -> None:
    no_status = [item for item in rights() if item["resources"] != ["destinationrules/status"]]
    for item in no_status:
        item["resources"] = [resource for resource in item["resources"] if resource != "destinationrules/status"]
    _, file = kubeconfig_for(plane, tmp_path, no_status)
    objects.apply(virtual_service("echo", mirror=True), destination_rule("echo"), destination_rule("other"))
    with running(file, tmp_path, namespace=objects.namespace) as replica:
        replica.until_ready()
        within("the others", lambda: objects.says("VirtualService", "echo", "False", "PX502"))
        line = 'resources: ["destinationrules/status"], verbs: [patch]'
        within("the name of the right", lambda: line in replica.get("/readyz")[1])
        assert "degraded: status of DestinationRule: " in replica.get("/readyz")[1]


def test_without_our_crds_it_says_what_to_run_and_goes_on_once_they_are_there(tmp_path: Path) -> None:
    with ControlPlane(scheduler=False, controller_manager=False) as bare, running(bare.kubeconfig, tmp_path) as replica:
        within("the name of the CRD", lambda: "missing: ProxylessMesh: " in replica.get("/readyz")[1], 30)
        status, text = replica.get("/readyz")
        assert status == 503
        assert "run kubectl apply -k crds/" in text
        objects = Objects(bare, "default")
        bare.api.request(
            "PATCH",
            "/api/v1/namespaces/default",
            {"metadata": {"labels": {"istio-injection": "enabled"}}},
            content="application/merge-patch+json",
        )
        objects.server("echo")
        objects.apply(destination_rule("echo"))
        within("conditions all the same", lambda: objects.says("DestinationRule", "echo", "False", "PX302"))
        install_crds(bare)
        replica.until_ready()
        objects.apply(policy("p", {}))
        within("status of our own", lambda: objects.get("ProxylessPolicy", "p").get("status", {}).get("workloads") == 1)


def test_without_an_api_server_it_waits_and_survives_its_return(tmp_path: Path) -> None:
    with ControlPlane(scheduler=False, controller_manager=False) as own:
        install_crds(own)
        objects = Objects(own, "default")
        objects.server("echo")
        own.processes["kube-apiserver"].kill()
        with running(own.kubeconfig, tmp_path, lease_duration=2) as replica:
            within("why it is not ready", lambda: "no answer from https://127.0.0.1" in replica.get("/readyz")[1], 30)
            assert replica.get("/readyz")[0] == 503
            assert replica.get("/healthz")[0] == 200
            own.restart("kube-apiserver")
            replica.until_ready(60)
            objects.apply(virtual_service("echo", mirror=True))
            within("a condition", lambda: objects.says("VirtualService", "echo", "False", "PX502"), 20)
            own.restart("kube-apiserver", down=2)
            objects.apply(virtual_service("echo"))
            within("a condition after an outage", lambda: objects.says("VirtualService", "echo", "True"), 40)


def test_it_ends_promptly_while_the_api_server_hangs(tmp_path: Path) -> None:
    with ControlPlane(scheduler=False, controller_manager=False) as own:
        install_crds(own)
        with running(own.kubeconfig, tmp_path) as replica:
            replica.until_ready()
            pid = own.processes["kube-apiserver"].pid
            os.kill(pid, signal.SIGSTOP)
            try:
                code, seconds = replica.terminate()
            finally:
                os.kill(pid, signal.SIGCONT)
            assert (code, seconds < PROMISE + 0.3) == (0, True), seconds


def test_an_uninstall_takes_our_conditions_out_and_leaves_those_of_others(tmp_path: Path) -> None:
    foreign = {"type": "Reconciled", "status": "True"}
    with ControlPlane(scheduler=False, controller_manager=False) as own:
        install_crds(own)
        objects = Objects(own, "default")
        objects.server("echo")
        objects.apply(virtual_service("echo", mirror=True), destination_rule("echo"))
        objects.patch("VirtualService", "echo", {"status": {"conditions": [foreign]}}, status=True)
        with running(own.kubeconfig, tmp_path) as replica:
            within("conditions", lambda: objects.says("VirtualService", "echo", "False", "PX502"), 30)
            within("conditions", lambda: objects.says("DestinationRule", "echo", "False", "PX302"))
            replica.terminate()
            replica.command.append("--remove-conditions")
            replica.start()
            assert replica.process is not None
            assert replica.process.wait(30) == 0
        assert objects.get("VirtualService", "echo")["status"]["conditions"] == [foreign]
        assert objects.get("DestinationRule", "echo")["status"]["conditions"] == []
        assert '"removed 2 conditions"' in replica.log.read_text()


def test_without_a_kubeconfig_it_says_what_to_set(tmp_path: Path) -> None:
    with running(tmp_path / "none", tmp_path) as replica:
        within("the remedy", lambda: "Set KUBECONFIG" in replica.get("/readyz")[1], 30)
        assert replica.get("/readyz")[0] == 503
        assert replica.terminate()[0] == 0


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    replica = Replica(tmp_path / "none", tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        number = str(taken.getsockname()[1])
        replica.command[replica.command.index("--health-port") + 1] = number
        replica.start()
        try:
            assert replica.process is not None
            assert replica.process.wait(20) == 2
        finally:
            replica.kill()
    text = replica.log.read_text()
    assert f"cannot listen on 127.0.0.1:{number}" in text
    assert "choose another with --health-port" in text
    assert "Traceback" not in text
