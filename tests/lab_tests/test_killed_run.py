"""A killed run leaves no process behind, and the next run removes its folder; nothing else is ever touched."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from child import running
from lab import rundir
from lab.errors import LabError
from lab.process import Identity, Process, start

OWNER = """
import json, time
from lab.controlplane import ControlPlane
plane = ControlPlane(crds=(), controller_manager=False, scheduler=False).start()
print(json.dumps([str(plane.folder), *(process.pid for process in plane.processes.values())]), flush=True)
time.sleep(600)
"""
SLEEP = ["/bin/sleep", "600"]


@pytest.fixture(autouse=True)
def own_base(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A base folder of the test's own: runs beside this one sweep theirs."""
    with tempfile.TemporaryDirectory(prefix="lab") as folder:  # short, for the path of a socket
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.mark.cluster
def test_kill_of_the_owner_ends_its_processes_and_the_next_run_cleans_up() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with running([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment) as owner:
        assert owner.stdout is not None
        folder, *pids = json.loads(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    deadline = time.monotonic() + 10
    while alive := [pid for pid in pids if Identity.of(pid)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.05)
    assert len(pids) == 2
    assert Path(folder).is_dir()
    rundir.sweep()
    assert not Path(folder).exists()


@pytest.fixture
def abandoned() -> Iterator[tuple[Path, Process]]:
    """A run whose owner is gone, with a process that outlived it."""
    folder = rundir.create("abandoned")
    process = start("sleeper", SLEEP, folder, outlive=True)
    try:
        with running(["/bin/true"]) as gone:
            gone.wait()
        (folder / "owner.json").write_text(json.dumps({"pid": gone.pid, "started": "long ago"}))
        yield folder, process
    finally:
        process.kill()


def test_survivor_of_a_dead_owner_is_killed(abandoned: tuple[Path, Process]) -> None:
    folder, process = abandoned
    rundir.sweep()
    assert process.exit_code == -signal.SIGKILL
    assert not folder.exists()


def test_process_that_got_the_same_pid_later_is_spared(abandoned: tuple[Path, Process]) -> None:
    folder, process = abandoned
    record = json.loads((folder / "sleeper.pid").read_text())
    (folder / "sleeper.pid").write_text(json.dumps(record | {"started": "before that"}))
    rundir.sweep()
    assert process.exit_code is None
    assert not folder.exists()


def test_run_of_a_living_owner_is_left_alone() -> None:
    folder = rundir.create("alive")
    process = start("sleeper", SLEEP, folder)
    try:
        rundir.sweep()
        assert process.exit_code is None
        assert folder.is_dir()
        rundir.remove(folder)
        assert process.exit_code == -signal.SIGKILL
        assert not folder.exists()
    finally:
        process.kill()


@pytest.mark.parametrize("cut_short", ["", "{", '{"pid": "x"}', "[]"])
def test_record_that_is_cut_short_stops_nothing(abandoned: tuple[Path, Process], cut_short: str) -> None:
    folder, process = abandoned
    (folder / "sleeper.pid").write_text(cut_short)
    rundir.sweep()
    assert process.exit_code is None


def test_long_temporary_folder_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 20)))
    assert rundir.base() == Path(f"/tmp/proxyless-lab-{os.getuid()}")


def test_base_that_others_may_write_to_is_refused() -> None:
    rundir.base().chmod(0o777)
    with pytest.raises(LabError, match="others may write to it"):
        rundir.base()


@pytest.mark.parametrize("name", ["..", "a/b", "", "A"])
def test_name_that_could_leave_the_base_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a run"):
        rundir.kept(name)


@pytest.mark.cluster
def test_up_stays_until_down() -> None:
    def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-m", "lab", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    name = f"t{os.getpid()}"
    try:
        up = lab("up", name)
        assert up.returncode == 0, up.stderr
        exports = [line.removeprefix("export ") for line in up.stdout.splitlines()]
        shell = f"{up.stdout}\nkubectl get crd virtualservices.networking.istio.io -o name"
        shown = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, timeout=60)
        assert shown.stdout == "customresourcedefinition.apiextensions.k8s.io/virtualservices.networking.istio.io\n"
        assert exports[0].startswith("KUBECONFIG=")
        again = lab("up", name)
        assert (again.returncode, again.stdout) == (1, "")
        assert "runs already" in again.stderr
    finally:
        down = lab("down", name)
    assert down.returncode == 0, down.stderr
    assert not rundir.kept(name).exists()
    assert lab("down", name).returncode == 1
