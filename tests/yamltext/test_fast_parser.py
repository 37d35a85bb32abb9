import subprocess
import sys
from pathlib import Path

import pytest
import yaml_rs

from proxyless.yamltext import fast_parser

TEXTS = ("a: 1\n", "a: [x, 1.5, 2001-01-01]\nb: {c: null}\n", "- a\n- 'b'\n", "a: |\n  x\n  y\n", "", "~\n")
WRONG = ("a: 1\na: 2\n", "a: [\n", "a: b: c\n")


@pytest.mark.parametrize("text", TEXTS)
def test_reads_what_the_front_reads(text: str) -> None:
    assert fast_parser.parse(text) == yaml_rs.loads(text, parse_datetime=False)


@pytest.mark.parametrize("text", WRONG)
def test_refuses_what_the_front_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|key") as ours:
        fast_parser.parse(text)
    with pytest.raises(ValueError, match=r"line|key") as theirs:
        yaml_rs.loads(text, parse_datetime=False)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    ("order", "loaded"),
    [
        ("import proxyless.yamltext.fast_parser as f", "[]"),
        ("import yaml_rs, proxyless.yamltext.fast_parser as f", "['yaml_rs']"),
    ],
)
def test_the_front_is_not_imported_and_may_come_first(order: str, loaded: str) -> None:
    code = f"import sys; {order}; print([name for name in ('yaml_rs', 'urllib.parse') if name in sys.modules][:1], f.parse('a: b'))"
    root = str(Path(fast_parser.__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": root}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == f"{loaded} {{'a': 'b'}}"


def test_another_layout_of_the_package_is_taken_through_the_front(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "yaml_rs._yaml_rs")
    monkeypatch.setattr(fast_parser.PathFinder, "find_spec", lambda *_: None)
    assert fast_parser._loads() is yaml_rs.loads
