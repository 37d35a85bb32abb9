"""What one client may cost a webhook replica: connections, times, sizes. Read from the command line by ``webhook.options``.

The defaults hold a replica below 64 MiB beyond what it needs anyway, and are far above what API servers use: each opens as
many connections as it has reviews in flight, closes them after 90 s without use, and gives up on a review after 5 s.
"""

import argparse
from dataclasses import dataclass, fields

from proxyless.adapters.flags import env


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Limits of one replica; times in seconds, sizes in bytes."""

    connections: int = 1000
    """In all. Above it the one that is closed first makes room, see ``webhook.connections``."""
    unfinished: int = 200
    """Connections that have not sent one whole review yet."""
    handshake: float = 5
    """Time for the TLS handshake."""
    head: float = 5
    """From the first byte of a request to the end of its headers."""
    body: float = 10
    """From the end of the headers to the end of the body."""
    idle: float = 120
    """Between two requests. The API server closes after 90: it must be the one to close, or a request is lost."""
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
    for flag, kind, default, words in (
        ("connections", _count, DEFAULTS.connections, "connections in all"),
        ("unfinished", _count, DEFAULTS.unfinished, "connections that have not sent one whole review"),
        ("handshake", _seconds, DEFAULTS.handshake, "seconds for the TLS handshake"),
        ("head", _seconds, DEFAULTS.head, "seconds for the headers of a request, from its first byte"),
        ("body", _seconds, DEFAULTS.body, "seconds for the body of a request"),
        ("idle", _seconds, DEFAULTS.idle, "seconds between two requests; the API server closes after 90"),
        (
            "review",
            _kib,
            DEFAULTS.review // 1024,
            "KiB of one review; larger ones are allowed unchecked, with a warning",
        ),
        ("reviews", _kib, DEFAULTS.reviews // 1024, "KiB of all reviews that are read or judged at one time"),
    ):
        group.add_argument(
            f"--max-{flag}",
            type=kind,
            default=env(f"MAX_{flag.upper()}", str(default)),
            metavar="KIB" if kind is _kib else "SECONDS" if kind is _seconds else "N",
            help=f"{words} ({default})",
        )


def given(parsed: argparse.Namespace, parser: argparse.ArgumentParser) -> Bounds:
    """The limits of parsed arguments; ends with a usage error where two contradict each other."""
    bounds = Bounds(**{field.name: getattr(parsed, f"max_{field.name}") for field in fields(Bounds)})
    if bounds.unfinished >= bounds.connections:
        parser.error(
            f"--max-unfinished {bounds.unfinished} must be below --max-connections {bounds.connections}: "
            "the rest is what the API server's connections are sure of"
        )
    if bounds.review > bounds.reviews:
        parser.error(f"--max-review {bounds.review // 1024} is more than --max-reviews {bounds.reviews // 1024} in all")
    return bounds


def _count(text: str) -> int:
    return int(_within(text, 1, 1_000_000))


def _seconds(text: str) -> float:
    return _within(text, 0.1, 86_400)


def _kib(text: str) -> int:
    return int(_within(text, 64, 64 * 1024 * 1024)) * 1024


def _within(text: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from {least} to {most}")
    return number
