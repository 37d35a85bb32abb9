"""When streams of a pod flap, by the agent's own words and numbers as it was seen to write them."""

from datetime import UTC, datetime

import pytest

from proxyless.mesh.flapping import Signs, age_of, cancelled, closures, flaps, words
from proxyless.model.client import Language

LOG = """\
2026-11-21T16:50:28.372172Z	warn	xdsproxy	registered overlapping stream; closing previous
2026-11-21T16:50:28.379012Z	info	xdsproxy	connected to upstream XDS server: istiod.istio-system.svc:15012	id=79
2026-11-21T16:50:28.617924Z	warn	xdsproxy	registered overlapping stream; closing previous
"""
METRICS = """\
# TYPE istio_agent_envoy_connection_terminations counter
istio_agent_envoy_connection_terminations{type="cancelled"} 80
istio_agent_istiod_connection_terminations{type="cancelled"} 81
"""


def signs(closed: int | None, *, counted: int | None = 0, age: float = 600) -> Signs:
    return Signs(closed, counted, 60, age)


def test_agent_s_words_are_counted() -> None:
    assert (closures(LOG), closures("")) == (2, 0)
    assert (cancelled(METRICS), cancelled(""), cancelled(METRICS.replace("80", "many"))) == (80, 0, 0)


@pytest.mark.parametrize(
    ("seen", "language", "expected"),
    [
        (signs(0), None, False),
        (signs(1), Language.GO, False),
        (signs(2), Language.GO, True),
        (signs(2), None, True),
        (signs(2), Language.PYTHON, False),
        (signs(19), Language.JAVA, False),
        (signs(20), Language.JAVA, True),
        (signs(3, age=12), Language.PYTHON, False),
        (signs(4, age=12), Language.PYTHON, True),
        (signs(3, age=1), Language.PYTHON, False),
        (signs(None, counted=199), Language.PYTHON, False),
        (signs(None, counted=200), Language.PYTHON, True),
        (signs(0, counted=500), Language.GO, False),
        (signs(None, counted=None), Language.GO, False),
    ],
)
def test_flaps(seen: Signs, language: Language | None, *, expected: bool) -> None:
    assert flaps(seen, language) is expected


def test_words_name_what_was_read() -> None:
    assert words(signs(7, counted=9, age=30)) == (
        "7 in the last 30 s by its log, 9 since its start 30 s ago by its metrics"
    )
    assert words(signs(None, counted=9)) == "9 since its start 600 s ago by its metrics"


def test_age() -> None:
    now = datetime(2026, 11, 21, 12, 0, 10, tzinfo=UTC)
    assert age_of("2026-11-21T12:00:00Z", now) == 10
    assert [age_of(text, now) for text in ("2026-11-21T12:00:20Z", "", "soon")] == [0, 0, 0]
