"""Whether xDS streams of one pod cut each other off: what the agent's log and metrics say, as text. Pure.

The agent serves one stream and closes the one before it. Measured: one closure per second for each stream too many with
C-core and Java; with Go few closures, in pairs within milliseconds, after which a target stays dead. A lone closure may be
a restart of the application. Called by ``cli.streams``.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from proxyless.model.client import Language
from proxyless.model.record import NamedTuple

CLOSED = "registered overlapping stream"
"""The agent's words when a new stream takes the place of one that is open."""
CANCELLED = re.compile(r'^istio_agent_envoy_connection_terminations\{type="cancelled"\} (\S+)', re.MULTILINE)
"""The agent's counter that rises with each closure; "envoy" stands for any client of its socket."""
PER_MINUTE = 20.0
"""Closures a minute from which streams flap, whatever the library."""
RECURS = 2
"""Closures that cannot be one restart of the application."""
_SHORTEST = 10.0
"""Seconds below which no rate is told: a start is noisy."""


class Signs(NamedTuple):
    """What was read of one agent."""

    closed: int | None
    """Closures in its log of the last ``seconds``; None: the log could not be read."""
    cancelled: int | None
    """Connections that its counter says were cancelled since ``age`` seconds; None: it could not be read."""
    seconds: float
    age: float


def closures(log: str) -> int:
    """Closures in a piece of the agent's log."""
    return log.count(CLOSED)


def cancelled(metrics: str) -> int:
    """The counter in the agent's Prometheus text; 0 where it has not been counted yet."""
    found = CANCELLED.search(metrics)
    try:
        return int(float(found[1])) if found else 0
    except ValueError:
        return 0


def flaps(signs: Signs, language: Language | None) -> bool:
    """Whether streams cut each other off. Go comes back ever more rarely: for it, and where it may be Go, twice is enough."""
    if signs.closed is not None:
        count, seconds = signs.closed, min(signs.seconds, signs.age)
    else:
        count, seconds = signs.cancelled or 0, signs.age
    if count < RECURS:
        return False
    return language in (None, Language.GO) or count * 60 / max(seconds, _SHORTEST) >= PER_MINUTE


def words(signs: Signs) -> str:
    """The signs as a sentence has them."""
    parts: Sequence[str] = (
        f"{signs.closed} in the last {min(signs.seconds, signs.age):.0f} s by its log"
        if signs.closed is not None
        else "",
        f"{signs.cancelled} since its start {signs.age:.0f} s ago by its metrics"
        if signs.cancelled is not None
        else "",
    )
    return ", ".join(part for part in parts if part)


def age_of(started: str, now: datetime) -> float:
    """Seconds since a time as Kubernetes writes it; 0 where it is none."""
    try:
        return max(0.0, (now - datetime.fromisoformat(started)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
