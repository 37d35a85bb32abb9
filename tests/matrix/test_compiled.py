"""The compiled text: what was written comes back, part by part, and it is plain JSON."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyless.errors import MatrixError
from proxyless.matrix import build, query
from proxyless.matrix.compiled import Compiled, text, whole

NAMES = st.text("abcXYZ.", min_size=1, max_size=4)
VALUES = st.text(max_size=8) | st.booleans() | st.lists(st.text(max_size=4), max_size=2)
ROW = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=1, max_size=2)
ROWS = st.lists(ROW, min_size=1, max_size=2)
TABLES = st.fixed_dictionaries(
    {
        "Fields": st.dictionaries(NAMES.map("k{}".format), ROWS, min_size=1, max_size=2),
        "Features": st.dictionaries(NAMES.map("f{}".format), ROW, min_size=1, max_size=2),
        "Plain": st.dictionaries(NAMES, st.text(), min_size=1, max_size=2),
        "Rows": ROWS,
    }
)


def plain(value: Any) -> Any:
    return {name: plain(value[name]) for name in value} if isinstance(value, Compiled) else value


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(TABLES)
def test_what_was_written_comes_back_in_parts(table: dict[str, Any]) -> None:
    written = text(table)
    assert json.loads(written) == table
    read = whole(written.encode())
    assert list(read) == list(table)
    assert {name: plain(read[name]) for name in read} == table
    assert read["Rows"] == table["Rows"]


def test_the_committed_table_reads_as_json_does() -> None:
    data = build.COMPILED.read_bytes()
    known = json.loads(data)
    read = whole(data)
    assert {name: plain(read[name]) for name in read} == known
    assert list(read["fields"]) == list(known["fields"])
    assert len(read["features"]) == len(known["features"])


def test_an_absent_name_is_a_key_error() -> None:
    read = whole(build.COMPILED.read_bytes())
    for section, name in ((read, "nothing"), (read["fields"], "features"), (read["features"], "VirtualService")):
        with pytest.raises(KeyError):
            section[name]
        assert name not in section


@pytest.mark.parametrize("damage", [b"", b"{}", build.COMPILED.read_bytes()[:-300], b"version https://git-lfs"])
def test_a_damaged_file_is_told(damage: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    file = tmp_path / "compiled.json"
    file.write_bytes(damage)
    monkeypatch.setattr(query, "_COMPILED", file)
    query.load.cache_clear()
    try:
        with pytest.raises(MatrixError, match="install proxyless anew"):
            query.load()
    finally:
        query.load.cache_clear()
