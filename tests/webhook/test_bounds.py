"""Limits on the command line, the room for bodies, and client certificates; no cluster."""

import asyncio
from pathlib import Path

import pytest

from proxyless.process import logs
from proxyless.process.connections import Connection, Connections, Stage
from proxyless.webhook import options
from proxyless.webhook.body_memory import BodyMemory, Reservation
from proxyless.webhook.bounds import DEFAULTS, Bounds
from proxyless.webhook.main import main


def test_defaults_and_flags() -> None:
    assert options.read([]).bounds == DEFAULTS
    given = options.read(["--max-connections=50", "--max-unfinished=10", "--max-review=100", "--max-head=0.5"]).bounds
    assert (given.connections, given.unfinished, given.review, given.head) == (50, 10, 100 * 1024, 0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max-unfinished=1000"], "--max-unfinished 1000 must be below --max-connections 1000"),
        (["--max-review=100000"], "--max-review 100000 is more than --max-reviews 65536"),
        (["--max-head=0"], "'0': expected a number of seconds from 0.1"),
        (["--max-connections=many"], "'many': expected a number from 1"),
        (["--max-idle=nan"], "'nan': expected a number of seconds"),
    ],
)
def test_limits_that_cannot_be_are_told(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options.read(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "no certificate\n"])
def test_a_client_ca_that_cannot_be_read_ends_the_process_with_a_reason(
    text: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "set_up", lambda *_: None)  # the handlers are pytest's here
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    assert main([f"--client-ca={file}", "--no-watch"]) == 2
    assert f"--client-ca {file}: " in caplog.text


def _two(limit: int) -> tuple[BodyMemory, list[str], list[Connection]]:
    ended: list[str] = []
    connections = Connections(Bounds(reviews=limit, review=limit), lambda reason, _: ended.append(reason))
    made = [one for peer in ("a", "b") if (one := connections.add(peer, lambda: None)) is not None]
    for one in made:
        connections.move(one, Stage.BODY)
    return BodyMemory(connections, limit), ended, made


def test_a_body_that_is_still_sent_makes_room_for_another() -> None:
    async def scenario() -> None:
        room, ended, (first, second) = _two(100)
        with Reservation(room, first) as slow, Reservation(room, second) as quick:
            await slow.take(60)
            await quick.take(60)
            assert (ended, room.held) == (["memory"], 60)
            with pytest.raises(ConnectionAbortedError):
                await slow.take(1)
        assert room.held == 0

    asyncio.run(scenario())


def test_a_whole_review_keeps_its_room_until_it_is_answered() -> None:
    async def scenario() -> None:
        room, ended, (first, second) = _two(100)
        with Reservation(room, second) as waiting:
            with Reservation(room, first) as judged:
                await judged.take(60)
                room._connections.move(first, Stage.REVIEW)
                taking = asyncio.create_task(waiting.take(60))
                await asyncio.sleep(0.01)
                assert not taking.done()
            await taking
        assert ended == []

    asyncio.run(scenario())
