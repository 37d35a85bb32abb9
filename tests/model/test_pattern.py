import re

import pytest

from proxyless.model.pattern import pattern


def test_is_compiled_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda text, flags=0: asked.append(text) or real(text, flags))
    lazy = pattern(r"(\w)\d", re.IGNORECASE)
    assert asked == []
    found = lazy.search("a1")
    assert found is not None
    assert (found[1], lazy.pattern, lazy.flags & re.IGNORECASE) == ("a", r"(\w)\d", re.IGNORECASE)
    lazy.search("b2")
    assert asked == [r"(\w)\d"] * 3, "once for each method and attribute"


def test_a_mistake_shows_when_it_is_used() -> None:
    with pytest.raises(re.error, match="unterminated"):
        pattern("[").search("a")


def test_reads_bytes() -> None:
    assert pattern(b"a+").findall(b"aab") == [b"aa"]
