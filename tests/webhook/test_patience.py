"""A review that waited too long for its turn is answered in time: allowed, with a warning that says so, and counted."""

import asyncio
import json
from typing import Any

import pytest

from lab.api import wait_until
from proxyless.webhook import patience
from proxyless.webhook.review import AdmissionResponse
from proxyless.webhook.server import AT_ONCE
from webhook.served import Served
from webhook.wire import Reply, peer_authentication, pod, review

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("", 4.0),
        ("timeout=5s", 4.0),
        ("timeout=10s", 8.0),
        ("a=b&timeout=500ms", 0.4),
        ("timeout=2.5s&x", 2.0),
        ("timeout=soon", 4.0),
        ("timeout=-5s", 4.0),
    ],
)
def test_the_api_server_says_how_long_it_waits(query: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(patience, "clock", lambda: now[0])
    deadline = patience.until(query)
    assert deadline == pytest.approx(100 + seconds)
    assert not patience.is_over(deadline)
    now[0] += seconds + 0.001
    assert patience.is_over(deadline)


def after_waiting(served: Served, path: str, asked: dict[str, Any], number: int) -> list[Reply]:
    """Answers to reviews that all came before the first of them had its turn."""

    async def take_all() -> None:
        for _ in range(AT_ONCE):
            await turns.acquire()

    def waiting() -> bool:
        return sum(not item.done() for item in turns._waiters or ()) == number

    turns = served.server._turns
    asyncio.run_coroutine_threadsafe(take_all(), served.loop).result(30)
    wires = [served.wire() for _ in range(number)]
    for wire in wires:
        wire.connection.request("POST", path, json.dumps(asked), {"Content-Type": "application/json"})
    wait_until("all wait", waiting)
    served.loop.call_soon_threadsafe(lambda: [turns.release() for _ in range(AT_ONCE)])
    answers = [wire.connection.getresponse() for wire in wires]
    return [Reply(answer.status, dict(answer.headers), answer.read().decode()) for answer in answers]


def test_who_waited_too_long_is_told_in_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def known(_: object) -> AdmissionResponse:
        now[0] += 1.0  # each takes a second, for whoever waits
        return AdmissionResponse()

    monkeypatch.setattr(patience, "clock", lambda: now[0])
    monkeypatch.setattr(served.server, "_known", known)
    before = served.count("proxyless_admission_reviews_total", webhook="inject", outcome="late")
    replies = after_waiting(served, "/inject?timeout=5s", review(pod(), plural="pods"), 8)
    assert [reply.status for reply in replies] == [200] * 8
    assert [reply.response["allowed"] for reply in replies] == [True] * 8
    told = [reply.warnings for reply in replies]
    assert told[:5] == [[]] * 5
    assert all("proxyless did not add the agent to this pod: too many reviews" in words[0] for words in told[5:])
    assert served.count("proxyless_admission_reviews_total", webhook="inject", outcome="late") == before + 3
    assert "patch" not in replies[-1].response
    assert now[0] == 5.0, "what comes too late is not judged"


def test_what_would_be_denied_is_told_of_as_unchecked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 9.0])
    monkeypatch.setattr(patience, "clock", lambda: next(moments))
    reply = served.wire().ask("/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications"))
    assert reply.response["allowed"] is True
    assert "proxyless did not check this: too many reviews" in reply.warnings[0]
