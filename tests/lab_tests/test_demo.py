"""`make demo` says up front how long it takes, shows something at once, and keeps its promises honest.

The API server act plays on real parts here; the node's is what `make demo` itself and the scenarios play.
"""

import json
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.demo import foretell, needed, plan, play, s1
from lab.demo import manifests as m
from lab.demo.loopback import LoopbackStage
from lab.demo.needed import Act, Task
from lab.demo.screen import Screen, Unexpected
from lab.demo.workshop import Workshop
from lab.errors import LabError
from lab.node import needs


@pytest.fixture
def nothing_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing was made yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setattr(needs, "packages", lambda: ["runc"])
    return tmp_path


@pytest.mark.usefixtures("nothing_made")
def test_plan_from_nothing_begins_with_what_is_seen_at_once_and_counts_everything() -> None:
    tasks = needed.missing(Act.NODE)
    assert [task.name for task in tasks[:4]] == [
        "etcd", "kube-apiserver", "kubectl", "CRDs of Istio and the Gateway API",
    ]  # fmt: skip
    assert len(tasks) == needed.count(Act.NODE)
    hints, told = plan.hints(tasks, {}), plan.lines(tasks, len(tasks), Act.NODE)
    assert ["KUBEBUILDER_ASSETS=DIR" in hints[0], "KUBECONFIG=FILE" in hints[1]] == [True, True]
    assert told[0].startswith(
        f"Plan: {len(tasks)} of {len(tasks)} parts that it needs are still to be made, which takes about 16 min"
    )
    assert told[1] == f"- at once: {plan.LINTER};"
    assert told[2] == f"- in about 4 min: {Act.API_SERVER};"
    assert told[3].startswith(f"- in about 17 min: {Act.NODE}.")


def test_assets_that_are_given_bring_the_api_server_act_forward(
    nothing_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("etcd", "kube-apiserver", "kubectl"):
        (nothing_made / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(nothing_made))
    tasks = needed.missing(Act.NODE)
    assert "etcd" not in {task.name for task in tasks}
    assert len(plan.hints(tasks, {"KUBEBUILDER_ASSETS": str(nothing_made)})) == 1
    assert f"- in about 10 s: {Act.API_SERVER};" in plan.lines(tasks, 20, Act.NODE), "its CRDs are fetched"


def test_what_is_there_is_not_counted_and_nothing_is_played_twice() -> None:
    assert plan.hints([], {}) == []
    assert plan.lines([], 20, Act.NODE)[0].startswith("Plan: all 20 parts that it needs are there: about 75 s in all.")
    last = [Task("image", Act.NODE, 47, list)]
    assert not plan.between(last, Act.NODE), "the node is almost there: its act shows all that the other one would"
    assert (
        "Plan: 1 of 20 parts that it needs are still to be made, which takes about 45 s"
        in plan.lines(last, 20, Act.NODE)[0]
    )


def task(name: str, act: Act, make: Callable[[], object] = list, seconds: float = 100) -> Task:
    return Task(name, act, seconds, make)


def test_an_act_begins_while_the_next_one_is_still_being_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order: list[str] = []
    played = threading.Event()

    def make_node() -> None:
        assert played.wait(30), "the API server act waited for the node's parts"
        order.append("node made")

    def act(stage: object, *_: object, **__: object) -> None:
        order.append(type(stage).__name__)
        played.set()

    tasks = [task("etcd", Act.API_SERVER, lambda: order.append("etcd made")), task("kubelet", Act.NODE, make_node)]
    monkeypatch.setattr(needed, "missing", lambda _: tasks)
    monkeypatch.setattr(needs, "hopeless", list)
    monkeypatch.setattr(foretell, "play", lambda _: None)
    monkeypatch.setattr(play, "_act", act)
    assert play.play(keep=False, kubeconfig=None, stage_name="auto") == 0
    assert order == ["etcd made", "ApiServerStage", "node made", "NodeStage"]
    told = capsys.readouterr()
    assert "lab: etcd: there after 0 s" in told.err
    assert told.out.index("Plan: 2 of") < told.out.index("What the linter foretells")


def test_what_cannot_be_made_fails_only_who_needs_it() -> None:
    def fail() -> None:
        raise LabError("no disk")

    tasks = [task("etcd", Act.API_SERVER), task("kubelet", Act.NODE, fail), task("pause", Act.NODE)]
    with Workshop(tasks) as workshop:
        workshop.wait_for(Act.API_SERVER, "the API server")
        with pytest.raises(LabError, match="no disk"):
            workshop.wait_for(Act.NODE, "scenario S1")


def test_the_files_are_an_example_without_a_finding_and_the_rest_is_foretold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen()
    foretell.play(screen)
    assert screen.checks == 6
    assert "$ proxyless lint echo.yaml mtls.yaml permissive.yaml" in capsys.readouterr().out


def test_pods_whose_streams_would_close_each_other_are_no_example(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = m.deployment
    monkeypatch.setattr(m, "deployment", lambda *given, **_: healthy(*given, xds="agent"))
    with pytest.raises(Unexpected, match="will work as they are written"):
        foretell.play(Screen())


def cluster(closed: int, seconds: float) -> Callable[..., subprocess.CompletedProcess[str]]:
    """kubectl on a cluster with one pod whose agent closed so many streams."""
    started = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    status = {"containerStatuses": [{"name": "istio-proxy", "state": {"running": {"startedAt": started}}}]}
    pods = {"items": [{"metadata": {"name": "echo-v1"}, "status": status}]}
    counted = f'istio_agent_envoy_connection_terminations{{type="cancelled"}} {closed}\n' if closed else ""

    def run(*arguments: str, **_: Any) -> subprocess.CompletedProcess[str]:
        text = json.dumps(pods) if arguments[1] == "pods" else f"istio_agent_num_outgoing_requests 1\n{counted}"
        return subprocess.CompletedProcess(arguments, 0, text, "")

    return run


@pytest.mark.parametrize(("closed", "holds"), [(0, True), (1, False), (296, False)])
def test_streams_that_close_each_other_fail_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], closed: int, holds: bool
) -> None:
    stage = LoopbackStage()
    monkeypatch.setattr(LoopbackStage, "environment", {})
    monkeypatch.setattr(Screen, "proxyless", lambda *_, **__: subprocess.CompletedProcess((), 0, "", ""))
    screen = Screen()
    screen.look_at(cluster(closed, 300))
    if holds:
        s1.streams(stage, screen)
        assert "ok 0 closures in 300 s at the agent of echo-v1" in capsys.readouterr().out
    else:
        with pytest.raises(Unexpected, match=f"{closed} closures in 300 s at the agent of echo-v1"):
            s1.streams(stage, screen)


@pytest.mark.cluster
def test_the_api_server_act_needs_no_more_than_etcd_api_server_and_kubectl(capsys: pytest.CaptureFixture[str]) -> None:
    assert play.play(keep=False, kubeconfig=None, stage_name="api") == 0
    told = capsys.readouterr().out
    assert "ok the pod has the agent, and it comes first" in told
    assert "ok condition ProxylessReady=True on destinationrule echo-mtls" in told
    assert told.splitlines()[-1].endswith("promises checked, all held")
