"""``proxyless version``: the version of this release."""

from argparse import ArgumentParser
from collections.abc import Sequence

from proxyless import __version__
from proxyless.cli import exits


def arguments(parser: ArgumentParser) -> None:
    """None."""
    del parser


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print it."""
    parser.parse_args(argv)
    print(__version__)
    return exits.CLEAN
