"""Hold in Istio's proxy config annotation: read, kept where said, added without touching what is there."""

import pytest
import yaml
from hypothesis import given, settings

from inject.test_small_yaml import DOCUMENTS
from proxyless.inject.hold import HOLD, said_of_hold, with_hold


def _added(annotation: str | None) -> str | None:
    return with_hold(annotation, said_of_hold(annotation))


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
    hold = said_of_hold(annotation)
    assert hold.said is said
    assert bool(hold.remark) is remarked


@settings(max_examples=300, deadline=None)
@given(document=DOCUMENTS)
def test_what_is_added_keeps_all_the_rest(document: dict[str, object]) -> None:
    for flow in (True, False):
        annotation = yaml.safe_dump(document, default_flow_style=flow)
        text = _added(annotation)
        if text is not None:
            assert yaml.safe_load(text) == {**yaml.safe_load(annotation), HOLD: True}
            assert _added(text) is None
