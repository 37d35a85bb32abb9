"""Binaries are found or built; what cannot be built says which part, which command and what to do.

The compiler is doubled here, since it has to fail, hang and be counted on purpose.
"""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from child import running
from lab import build, parts
from lab.build_remedy import remedy
from lab.errors import LabError, PartError
from lab.parts import PARTS, binaries, binary, cached, find
from lab.process import Identity

COMPILER = """#!/bin/sh
# Plays `go build ... -o FILE PACKAGE`: writes FILE, unless told to fail or to hang for that package.
for word; do [ "$last" = -o ] && out=$word; last=$word; done
echo "$last" >> "$COMPILER_CALLS"
echo $$ > "$COMPILER_CALLS.pid"
trap 'echo cleaned >> "$COMPILER_CALLS"; exit 1' INT
mkdir "$GOTMPDIR/go-build1"
echo half > "$out"
case "$last" in *"${FAIL_ON:-nothing}"*) seq 1 30; echo "$FAIL_WITH"; exit 1;; esac
case "$last" in *"${HANG_ON:-nothing}"*) for _ in $(seq 600); do sleep 0.1; done;; esac
"""


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and a compiler that notes what it was asked to build; returns the file of its notes."""
    folder = tmp_path / "go-bin"
    folder.mkdir()
    (folder / "go").write_text(COMPILER)
    (folder / "go").chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COMPILER_CALLS", str(calls))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return calls


def built(calls: Path) -> list[str]:
    return [line.rpartition("/")[2] for line in calls.read_text().splitlines()]


def test_missing_compiler_is_reported_with_part_and_remedy(
    compiler: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(build, "_USUAL_GO", tmp_path / "no-go")
    with pytest.raises(PartError) as caught:
        binary("kube-apiserver")
    assert caught.value.part == "kube-apiserver"
    assert "there is no Go compiler" in caught.value.problem
    assert caught.value.remedy.startswith("install Go 1.26.0 or newer")
    assert built(compiler) == []


def test_failed_build_shows_command_last_lines_and_remedy(
    compiler: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIL_ON", "kube-apiserver")
    monkeypatch.setenv("FAIL_WITH", "dial tcp: lookup proxy.example: no such host")
    with pytest.raises(PartError) as caught:
        binaries("kubectl", "kube-apiserver", "etcd")
    error = caught.value
    assert error.part == "kube-apiserver"
    assert error.command.startswith(f"cd {PARTS['kube-apiserver'].folder} && CGO_ENABLED=0 GOWORK=off ")
    assert error.output.splitlines()[0] == "12"
    assert error.output.splitlines()[-1] == "dial tcp: lookup proxy.example: no such host"
    assert "module proxy cannot be reached" in error.remedy
    assert all(piece in str(error) for piece in (error.part, error.command, "  12\n  13\n", error.remedy))
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "lab: building 3 of the lab's binaries from source: about 4 min in all where nothing is cached"
    assert told[1] == "lab: [1/3] etcd; about 4 min to go in all"
    assert told[3].startswith("lab: [2/3] kube-apiserver; about ")
    assert built(compiler) == ["v3", "kube-apiserver"]
    assert sorted(file.name for file in cached(PARTS["etcd"]).parent.iterdir()) == [".lock", "etcd", "etcd.stamp"]


def test_next_run_goes_on_where_the_last_one_failed(compiler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIL_ON", "kube-apiserver")
    with pytest.raises(PartError):
        binaries("etcd", "kube-apiserver")
    monkeypatch.delenv("FAIL_ON")
    assert set(binaries("etcd", "kube-apiserver")) == {"etcd", "kube-apiserver"}
    assert built(compiler) == ["v3", "kube-apiserver", "kube-apiserver"]


def test_nothing_is_built_twice_until_its_pins_change(compiler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary("etcd")
    assert binary("etcd") == cached(PARTS["etcd"])
    assert built(compiler) == ["v3"]
    monkeypatch.setitem(PARTS, "etcd", dataclasses.replace(PARTS["etcd"], ldflags="-other"))
    binary("etcd")
    assert built(compiler) == ["v3", "v3"]


def test_binary_of_another_size_than_its_stamp_says_is_built_again(compiler: Path) -> None:
    binary("etcd").write_text("cut")
    assert find(PARTS["etcd"]) is None
    binary("etcd")
    assert built(compiler) == ["v3", "v3"]


def test_key_depends_on_go_mod_and_go_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cluster").mkdir()
    monkeypatch.setattr(parts, "MODULES", tmp_path)
    keys = set()
    for mod, total in (("a", "a"), ("b", "a"), ("a", "b")):
        (tmp_path / "cluster" / "go.mod").write_text(mod)
        (tmp_path / "cluster" / "go.sum").write_text(total)
        keys.add(PARTS["etcd"].key())
    assert len(keys) == 3


@pytest.mark.usefixtures("compiler")
def test_estimate_of_a_part_counts_what_another_one_would_have_compiled_for_it() -> None:
    alone, after = (
        parts.estimates([PARTS[name] for name in names]) for names in (("kubelet",), ("kube-apiserver", "kubelet"))
    )
    assert alone["kubelet"] == PARTS["kubelet"].cold_seconds + 200
    assert after["kubelet"] == PARTS["kubelet"].cold_seconds
    binary("kube-apiserver")
    assert parts.estimates([PARTS["kubelet"]]) == {"kubelet": PARTS["kubelet"].cold_seconds}


def test_two_runs_at_once_build_once(compiler: Path) -> None:
    script = "from lab.parts import binaries; binaries('etcd', 'kubectl')"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with ExitStack() as runs:
        for run in [
            runs.enter_context(running([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE))
            for _ in range(2)
        ]:
            _, told = run.communicate(timeout=60)
            assert run.returncode == 0, told
    assert built(compiler) == ["v3", "kubectl"]


@pytest.mark.parametrize(
    ("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_interrupt_leaves_no_binary_and_no_compiler(compiler: Path, by: signal.Signals, code: int) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "HANG_ON": "etcd"}
    unfinished = cached(PARTS["etcd"]).with_name(".building-etcd")
    deadline = time.monotonic() + 30
    with running([sys.executable, "-m", "lab", "build", "etcd"], env=environment, stderr=subprocess.DEVNULL) as run:
        while not unfinished.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert unfinished.exists()
        run.send_signal(by)
        assert run.wait(timeout=30) == code
    left = [file.name for file in unfinished.parent.glob(".building-*")]
    assert (left == []) == (by is not signal.SIGKILL), left
    assert not cached(PARTS["etcd"]).exists()
    compiling = int(compiler.with_name("calls.pid").read_text())
    while Identity.of(compiling) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Identity.of(compiling) is None
    assert built(compiler) == (["v3"] if by is signal.SIGKILL else ["v3", "cleaned"])
    binary("etcd")  # at once: the lock is free
    assert not list(unfinished.parent.glob(".building-*"))


def test_leftover_of_a_killed_build_goes_away(compiler: Path) -> None:
    leftover = cached(PARTS["ctr"]).with_name(".building-ctr")
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    binary("etcd")
    assert not leftover.exists()
    assert built(compiler) == ["v3"]


def test_given_assets_come_first(compiler: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = tmp_path / "assets"
    given.mkdir()
    (given / "etcd").write_text("")
    (given / "etcd").chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(given))
    assert binaries("etcd", "kubectl") == {"etcd": given / "etcd", "kubectl": cached(PARTS["kubectl"])}
    assert built(compiler) == ["kubectl"]


def test_cache_that_cannot_be_written_says_so(compiler: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(PartError, match="cannot write to"):
        binary("etcd")
    assert built(compiler) == []


def test_unknown_part_names_those_that_there_are() -> None:
    with pytest.raises(LabError, match="no such part: etcdd; there are etcd, kube-apiserver"):
        binary("etcdd")


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("write /tmp/go-build/x.a: no space left on device", "the disk is full"),
        ("/compile: signal: killed", "out of memory"),
        ("go: go.mod requires go >= 1.26.0 (running go 1.21.0; GOTOOLCHAIN=local)", "too old"),
        ("go: download go1.26.0 for linux/amd64: toolchain not available", "too old"),
        ("missing go.sum entry for module providing package x", "restore both from git"),
        ('Get "https://proxy.example/x.zip": dial tcp 10.0.0.1:443: connect: connection refused', "cannot be reached"),
        ("reading https://proxy.example/x.mod: 404 Not Found", "refuses a module"),
        ("open /nowhere/x: permission denied", "write access"),
        ("x.go:1:2: undefined: y", "run the command by hand"),
    ],
)
def test_remedy_fits_the_cause(output: str, advice: str) -> None:
    assert advice in remedy(output)
