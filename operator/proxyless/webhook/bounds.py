"""Limits on connections, times and sizes that protect a webhook replica from its clients. Read from the command line by ``webhook.options``.

The defaults hold a replica below 64 MiB beyond what it needs anyway, and are far above what API servers use: each opens as
many connections as it has reviews in flight, closes them after 90 s without use, and gives up on a review after 5 s.
"""

import argparse
from dataclasses import dataclass, fields

from proxyless.process.flags import flag, number, seconds
from proxyless.process.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Bounds(Limits):
    """Limits of one replica; times in seconds, sizes in bytes."""

    body: float = 10
    """From the end of the headers to the end of the body."""
    review: int = 3 * 1024 * 1024 + 64 * 1024
    """One body. etcd stores at most 1.5 MiB per object by default, an update carries the old and the new one: 3 MiB, and the
    rest for what is around them."""
    reviews: int = 64 * 1024 * 1024
    """All bodies that are being read, wait, or are judged."""


DEFAULTS = Bounds()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags ``--max-*``, one for each limit."""
    group = parser.add_argument_group(
        "limits, above which the connections that have sent nothing whole are closed first"
    )
    for name, kind, default, words in (
        ("connections", _count, DEFAULTS.connections, "connections in total"),
        ("unfinished", _count, DEFAULTS.unfinished, "connections that have not sent one whole review"),
        ("handshake", seconds, DEFAULTS.handshake, "seconds for the TLS handshake"),
        ("head", seconds, DEFAULTS.head, "seconds for the headers of a request, from its first byte"),
        ("body", seconds, DEFAULTS.body, "seconds for the body of a request"),
        ("idle", seconds, DEFAULTS.idle, "seconds between two requests; the API server closes after 90"),
        (
            "review",
            _kib,
            DEFAULTS.review // 1024,
            "KiB of one review; larger ones are allowed unchecked, with a warning",
        ),
        ("reviews", _kib, DEFAULTS.reviews // 1024, "KiB of all reviews that are read or judged at one time"),
    ):
        unit = "KIB" if kind is _kib else "SECONDS" if kind is seconds else "N"
        flag(group, f"max-{name}", default, words, type=kind, metavar=unit)


def given(parsed: argparse.Namespace, parser: argparse.ArgumentParser) -> Bounds:
    """The limits of parsed arguments; ends with a usage error where two contradict each other."""
    bounds = Bounds(**{field.name: getattr(parsed, f"max_{field.name}") for field in fields(Bounds)})
    if bounds.unfinished >= bounds.connections:
        parser.error(
            f"--max-unfinished {bounds.unfinished} must be below --max-connections {bounds.connections}: "
            "the difference is reserved for connections of the API server"
        )
    if bounds.review > bounds.reviews:
        parser.error(f"--max-review {bounds.review // 1024} is more than --max-reviews {bounds.reviews // 1024} in all")
    return bounds


def _count(text: str) -> int:
    return int(number(text, 1, 1_000_000))


def _kib(text: str) -> int:
    return int(number(text, 64, 64 * 1024 * 1024)) * 1024
