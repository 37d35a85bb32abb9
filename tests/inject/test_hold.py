"""Hold in Istio's proxy config annotation: read, kept where said, added without touching what is there."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.inject.hold import with_hold
from proxyless.mesh.pod.proxy_config import HOLD, read
from proxyless.yamltext.load import load

_AMBIGUOUS = ["45s", "istiod.istio-system.svc:15012", "10.0.0.1:80", "12:30", "yes", "0x1f", "2001-01-01", "a: b"]
_AMBIGUOUS += ["a #b", "y", "=", "<<", "1_000", "012", ".5", "1e3", "on", "null", "~", "-", "?", "&a", "*a", "!x", "|"]
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-5, 99999),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.none(),
    st.text(max_size=8),
    st.sampled_from(_AMBIGUOUS),
)
KEYS = st.one_of(st.sampled_from(["concurrency", "proxyMetadata", "on", "y", "1"]), st.text(min_size=1, max_size=5))
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=4),
    lambda inner: st.dictionaries(KEYS, st.one_of(inner, st.lists(SCALARS, max_size=3)), max_size=3),
    max_leaves=6,
)


def _added(annotation: str | None) -> str | None:
    return with_hold(annotation, read(annotation or ""))


@pytest.mark.parametrize(
    ("annotation", "wanted"),
    [
        (None, '{"holdApplicationUntilProxyStarts": true}'),
        ("", '{"holdApplicationUntilProxyStarts": true}'),
        ("{}", '{"holdApplicationUntilProxyStarts": true}'),
        ('{"concurrency":2}', '{"concurrency": 2, "holdApplicationUntilProxyStarts": true}'),
        ("{concurrency: 2}", "{holdApplicationUntilProxyStarts: true, concurrency: 2}"),
        ("# few\n  concurrency: 2\n", "  holdApplicationUntilProxyStarts: true\n# few\n  concurrency: 2\n"),
        ("holdApplicationUntilProxyStarts: true", None),
        ("holdApplicationUntilProxyStarts: yes", None),
        ("holdApplicationUntilProxyStarts: false", None),
        ('{"hold_application_until_proxy_starts": false}', None),
        ("holdApplicationUntilProxyStarts: maybe", None),
        ("holdApplicationUntilProxyStarts:", None),
        ("- a", None),
        ("a: |\n  b\n", "holdApplicationUntilProxyStarts: true\na: |\n  b\n"),
        (
            "tracing: &x {}\nlist: [1]\nsame: *x\n",
            "holdApplicationUntilProxyStarts: true\ntracing: &x {}\nlist: [1]\nsame: *x\n",
        ),
        ("---\na: 1", None),
        ("a: [1", None),
        ("a: 1\n---\nb: 2", None),
    ],
)
def test_added(annotation: str | None, wanted: str | None) -> None:
    assert _added(annotation) == wanted


@pytest.mark.parametrize(
    ("annotation", "said", "remarked"),
    [
        ("holdApplicationUntilProxyStarts: true", True, False),
        ("holdApplicationUntilProxyStarts: off", False, True),
        ('{"hold_application_until_proxy_starts": false}', False, True),
        ('{"holdApplicationUntilProxyStarts": "true"}', None, True),
        ("proxyMetadata: {A: b}", None, False),
        ("- a", None, True),
    ],
)
def test_said(annotation: str, said: bool | None, remarked: bool) -> None:
    found = read(annotation)
    assert found.hold is said
    assert bool(found.remark) is remarked


@settings(max_examples=300, deadline=None)
@given(document=DOCUMENTS)
def test_what_is_added_keeps_all_the_rest(document: dict[str, object]) -> None:
    for flow in (True, False):
        annotation = yaml.safe_dump(document, default_flow_style=flow)
        text = _added(annotation)
        if text is not None:
            assert load(text) == {**(load(annotation) or {}), HOLD: True}
            assert _added(text) is None
