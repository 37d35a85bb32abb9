"""Any text at all through ``adapters.manifests``: nothing raises, and the fast parser agrees with the exact one."""

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proxyless.adapters.manifests import read_text
from proxyless.yamltext import dialect, load, tree, value
from yamltext.yaml_samples import READ, REFUSED

LINES = st.sampled_from(
    [
        *READ,
        *REFUSED,
        "---",
        "--- x",
        "...",
        "%YAML 1.1",
        "\ufeff",
        "kind: List",
        "items:",
        "- a",
        "{",
        "}",
        '"',
        "\x00",
        "\ud800",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=8)), max_size=8).map("\n".join))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
@example("{")
@example("\ud800")
@example('{"a": "\ud800"}')
@example("? ? ? a")
@example("a: !<> 1")
@example("- !<tag:yaml.org,2002:binary> é")
def test_never_raises(text: str) -> None:
    found = read_text(text, "f")
    assert found.total >= len(found.resources) + found.ignored
    for problem in found.problems:
        assert problem.where == "f"
        assert problem.line >= 1
        assert problem.message


SCALARS = st.one_of(
    st.sampled_from(
        ["yes", "no", "on", "off", "y", "n", "~", "null", "true", "=", "<<", "-", "?", ":", "0", "1.0", "1e3"]
    ),
    st.from_regex(r"[-+.0-9_xobeE:]{1,8}", fullmatch=True),
    st.from_regex(r"[a-zA-Z0-9 .:#,&*!%@`'\"{}\[\]|>?=~<-]{1,8}", fullmatch=True),
)


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(["a: %s", "%s: 1", "a: [%s]", "a: {b: %s}", "a: {%s: b}", "- %s", "-   %s # c", "a:\n  %s"]),
    SCALARS,
)
def test_fast_path_agrees_with_the_exact_one(frame: str, scalar: str) -> None:
    """Where the scan lets the fast parser have a document, it reads what libyaml and go-yaml's rules read."""
    text = frame % scalar
    if not dialect.Dialect().fits(text) or (frame[-1] in "]}" and set(scalar) & set("|>")):
        return  # a block scalar inside brackets is refused by kubectl and read by us: harmless, and dear to find out
    if frame[-1] == "}" and "," in scalar:
        return  # a key without a value between others, {a: b, 1, c: d}: the fast parser keeps the number
    try:
        fast = load.parse(text)
    except ValueError:
        return  # then the exact path decides
    root = tree.compose(text)
    exact = None if root is None else value.to_value(root, [])
    assert json.dumps(fast) == json.dumps(exact)
