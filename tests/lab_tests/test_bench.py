"""`make bench` shows every table, whatever was missed on the way, and says at the end what fell short."""

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.shortfall import shortfall

TABLES = {
    "bench_a.py": "print('table a')\nprint('fell short: rate: 3, promised at least 4')\nraise SystemExit(1)",
    "bench_b.py": "print('table b')\nraise SystemExit('no such binary')",
    "bench_c.py": "print('table c')",
    "bench_c_data.py": None,
}


@pytest.fixture
def benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, body in TABLES.items():
        text = f'if __name__ == "__main__":\n    {body.replace(chr(10), chr(10) + "    ")}\n' if body else "X = 1\n"
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(bench, "HERE", tmp_path)


@pytest.mark.usefixtures("benches")
def test_all_tables_come_before_what_fell_short(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 1
    told = capfd.readouterr().out
    places = [told.index(text) for text in ("table a", "table b", "table c", "2 of the promises were missed:")]
    assert places == sorted(places)
    last = told[places[-1] :].splitlines()
    assert last[1] == "- a: rate: 3, promised at least 4"
    assert last[2].startswith("- b: ended with exit code 1 before its end")


@pytest.mark.usefixtures("benches")
def test_what_holds_ends_with_0(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["c"]) == 0
    assert capfd.readouterr().out.endswith("table c\n\nAll promises held.\n")
    assert bench.main(["c_data"]) == 2
    assert "there are a, b, c" in capfd.readouterr().err


def test_a_missed_promise_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    shortfall("rate", "3", "at least 4")
    assert capsys.readouterr().out == "fell short: rate: 3, promised at least 4\n"
