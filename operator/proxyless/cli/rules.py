"""``proxyless rules``: all rules, one per line."""

from argparse import ArgumentParser
from collections.abc import Sequence

from proxyless.cli import exits
from proxyless.cli.table import columns
from proxyless.lint.rules import ALL


def arguments(parser: ArgumentParser) -> None:
    """Prefixes of codes."""
    parser.add_argument("code", nargs="*", metavar="CODE", help="only these codes or prefixes, e.g. PX3")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print code, severity, whether admission may reject on it, name and summary."""
    given = parser.parse_args(argv)
    wanted = tuple(code.upper() for code in given.code)
    chosen = [rule for rule in ALL if not wanted or rule.code.startswith(wanted)]
    if not chosen:
        parser.error(f"no rule starts with {' or '.join(wanted)}; proxyless rules lists all")
    rows = [
        (rule.code, rule.severity.word, "may deny" if rule.deny else "warns", rule.slug, rule.summary)
        for rule in chosen
    ]
    print(columns(("CODE", "SEVERITY", "ADMISSION", "NAME", "SUMMARY"), rows))
    return exits.CLEAN
