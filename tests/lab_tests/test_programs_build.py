"""What package managers bring is kept whole or not at all; what fails says which command, its last lines and a remedy.

The package managers are doubled here, since they have to fail, hang and be counted on purpose.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from child import running
from lab.errors import PartError
from lab.node import base, external, libraries
from lab.node.programs import programs
from lab.process import Identity

MAVEN = """#!/bin/sh
# Plays `mvn ... package`: makes echo.jar and a library, unless told to fail.
echo "$@" >> "$CALLS"
echo $$ > "$CALLS.pid"
if [ -n "$FAIL_WITH" ]; then seq 1 30; echo "$FAIL_WITH"; exit 1; fi
if [ -n "$HANG" ]; then
  trap 'echo cleaned >> "$CALLS"; exit 1' INT  # as mmdebstrap removes its work folder
  for _ in $(seq 300); do sleep 0.1; done
fi
mkdir -p target/lib && echo jar > target/echo.jar && echo jar > target/lib/grpc.jar
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and a Maven that notes how it was called; returns the file of its notes."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("mvn", "npm", "mmdebstrap"):
        (folder / name).write_text(MAVEN)
        (folder / name).chmod(0o755)
    noted = tmp_path / "calls"
    noted.touch()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(noted))
    return noted


def left_in(tmp_path: Path, kind: str) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "proxyless" / kind).iterdir() if path.name != ".lock")


def test_version_is_fetched_once_and_found_again(calls: Path) -> None:
    first = libraries.jars("1.2.3")
    assert libraries.jars("1.2.3") == first
    assert (first / "echo.jar").exists()
    assert (first / "lib" / "grpc.jar").exists()
    assert calls.read_text().splitlines() == [
        "--batch-mode --quiet --no-transfer-progress -Dgrpc.version=1.2.3 package"
    ]


def test_changed_program_is_built_anew_and_the_older_one_goes(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, other = libraries.jars("1.2.3"), libraries.jars("1.2.30")
    changed = tmp_path / "echo_java"
    (changed / "src").mkdir(parents=True)
    (changed / "pom.xml").write_text("<project/>")
    monkeypatch.setattr(libraries, "JAVA", changed)
    after = libraries.jars("1.2.3")
    assert after != before
    assert left_in(tmp_path, "jars") == sorted([after.name, other.name])
    assert len(calls.read_text().splitlines()) == 3


def test_failure_shows_command_last_lines_and_remedy(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIL_WITH", "No compiler is provided in this environment")
    with pytest.raises(PartError) as caught:
        libraries.jars("1.2.3")
    error = caught.value
    assert error.part == "echo-java 1.2.3"
    assert error.problem == "mvn failed (exit code 1)"
    assert error.command.startswith(f"cd {tmp_path}/cache/proxyless/jars/")
    assert error.command.endswith("&& mvn --batch-mode --quiet --no-transfer-progress -Dgrpc.version=1.2.3 package")
    assert error.output.splitlines()[0] == "12"
    assert error.output.splitlines()[-1] == "No compiler is provided in this environment"
    assert "JDK of version 17" in error.remedy
    assert left_in(tmp_path, "jars") == []
    monkeypatch.delenv("FAIL_WITH")
    assert (libraries.jars("1.2.3") / "echo.jar").exists()
    assert len(calls.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("last_line", "advice"),
    [
        ("[ERROR] repo.example: Unknown host repo.example", "cannot be reached"),
        ("npm error code ECONNREFUSED", "cannot be reached"),
        ("E: Could not resolve 'deb.example'", "cannot be reached"),
        ("npm error 503 Service Unavailable", "cannot be reached"),
        ("write error: No space left on device", "the disk is full"),
        ("something else", "Node.js is of version 20"),
    ],
)
@pytest.mark.usefixtures("calls")
def test_remedy_fits_the_cause(monkeypatch: pytest.MonkeyPatch, last_line: str, advice: str) -> None:
    monkeypatch.setenv("FAIL_WITH", last_line)
    with pytest.raises(PartError) as caught:
        libraries.node_modules("1.14.1")
    assert advice in caught.value.remedy


@pytest.mark.usefixtures("calls")
def test_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PartError) as caught:
        base.rootfs("java", ("openjdk",))
    assert caught.value.problem == "there is no mmdebstrap"
    assert caught.value.remedy == "apt-get install --no-install-recommends mmdebstrap"
    assert left_in(tmp_path, "base") == []


def test_cache_that_cannot_be_written_is_named(calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(PartError, match="set XDG_CACHE_HOME"):
        libraries.jars("1.2.3")
    assert calls.read_text() == ""


def test_two_runs_at_once_fetch_once(calls: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(libraries.jars("1.2.3"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(calls.read_text().splitlines()) == 1


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_no_process_and_the_next_one_cleans_up(
    calls: Path, tmp_path: Path, end: signal.Signals
) -> None:
    script = "from lab.node import libraries; libraries.jars('1.2.3')"
    environment = os.environ | {"HANG": "1", "PYTHONPATH": str(Path(external.__file__).parents[2])}
    pid_file = calls.with_name("calls.pid")
    deadline = time.monotonic() + 30
    with running([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL) as run:
        while not (pid_file.exists() and pid_file.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        identity = Identity.of(int(pid_file.read_text()))
        assert identity is not None
        run.send_signal(end)
        run.wait(timeout=30)
    while identity.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ("cleaned" in calls.read_text()) == (end is signal.SIGINT)
    made = libraries.jars("1.2.3")
    assert left_in(tmp_path, "jars") == [made.name]


def test_every_language_has_a_newest_and_an_old_version_and_names_fit_kubernetes() -> None:
    by_language: dict[str, list[tuple[int, ...]]] = {}
    for program in programs():
        version = tuple(int(part) for part in program.version.split("."))
        by_language.setdefault(program.language, []).append(version)
        assert program.name.replace("-", "").isalnum()
    assert by_language.keys() == {"python", "go", "java", "node"}
    assert all(newest > old for newest, old in by_language.values())


def test_node_lock_files_name_no_registry() -> None:
    for lock in libraries.NODE.glob("*/package-lock.json"):
        assert '"resolved"' not in lock.read_text()
        assert f'"@grpc/grpc-js-xds": "{lock.parent.name}"' in lock.read_text()
