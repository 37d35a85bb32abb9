"""Remaining times follow what finished work really took; work in the background is quiet and ends when it is told to."""

import threading
import time
from pathlib import Path

import pytest

from lab import progress
from lab.process import Identity, output_of
from lab.progress import Pace, StoppedError, about, background, duration, say


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, for the test to set."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def work(pace: Pace, clock: list[float], name: str, seconds: float) -> None:
    pace.begin(name)
    clock[0] += seconds
    pace.end(name)


def test_rest_is_the_estimates_until_something_is_measured(clock: list[float]) -> None:
    pace = Pace({"a": 40, "b": 100, "c": 60})
    assert (pace.left(), pace.left("b")) == (200, 140)
    pace.begin("a")
    clock[0] += 10
    assert (pace.current, pace.elapsed, pace.left()) == ("a", 10, 190)


def test_a_slow_machine_lengthens_the_rest_and_a_warm_compiler_cache_shortens_it(clock: list[float]) -> None:
    slow, warm = Pace({"a": 40, "b": 100}), Pace({"a": 40, "b": 100})
    work(slow, clock, "a", 80)
    work(warm, clock, "a", 4)
    assert slow.left() == pytest.approx(200)
    assert warm.left() == pytest.approx(10)


def test_a_task_that_overruns_is_never_almost_done_for_minutes(clock: list[float]) -> None:
    pace = Pace({"a": 40, "b": 100})
    pace.begin("a")
    clock[0] += 80
    assert pace.left("a") == pytest.approx(8)
    assert pace.left() == pytest.approx(208), "what follows is taken to be as slow"


def test_durations_are_no_more_exact_than_they_are() -> None:
    assert [duration(value) for value in (0.4, 99.4, 232)] == ["0 s", "99 s", "3 min 52 s"]
    assert [about(value) for value in (2, 43, 94, 236)] == ["about 5 s", "about 45 s", "about 95 s", "about 4 min"]


def test_only_who_has_the_screen_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    with background(threading.Event()):
        say("hidden")
    say("shown")
    assert capsys.readouterr().err == "lab: shown\n"


def test_a_program_in_the_background_ends_with_its_children_when_it_is_told_to(tmp_path: Path) -> None:
    pids, cleaned, raised = tmp_path / "pids", tmp_path / "cleaned", []
    script = f"trap 'echo > {cleaned}; exit 1' INT; sleep 600 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; wait"
    stop = threading.Event()

    def work() -> None:
        with background(stop):
            try:
                output_of(["/bin/sh", "-c", script], cwd=None, env={}, grace=10, every=60, tell=print)
            except StoppedError as error:
                raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not pids.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        children = [Identity.of(int(pid)) for pid in pids.read_text().split()]
    finally:
        stop.set()
        thread.join(30)
    assert len(raised) == 1
    assert cleaned.exists(), "it had time to clean up"
    while any(child and child.is_alive() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_interrupt_reaches_what_the_program_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def tell(_: float) -> None:
        raise KeyboardInterrupt

    script = f"trap '' INT; sleep 600 & echo $! > {pids}; wait"  # ignores it, so that it has to be killed
    with pytest.raises(KeyboardInterrupt):
        output_of(["/bin/sh", "-c", script], cwd=None, env={}, grace=0.2, every=0.6, tell=tell)
    deadline = time.monotonic() + 10
    while Identity.of(int(pids.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.02)
