"""The reference of the command line in ``docs/commands.md``, read from the parsers themselves.

Not from ``--help``: argparse lays that out differently from one Python version to the next.
"""

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NoReturn
from unittest import mock

from generate.block import replaced
from proxyless.cli import run as parts
from proxyless.cli.main import COMMANDS, description


class _SeenError(Exception):
    """Carries the parser of a part out of the function that makes it."""


def page(before: str) -> str:
    """The page with its tables up to date."""
    return replaced(before, "commands", "\n\n".join(_sections()))


def _sections() -> Iterator[str]:
    for name in COMMANDS:
        if name == "run":
            for part, module in sorted(parts.PARTS.items()):
                parser = _parser_of(f"{module.rpartition('.')[0]}.options")
                yield _section(f"run {part}", parser.description or "", parser)
            continue
        parser = ArgumentParser(prog=f"proxyless {name}")
        import_module(f"proxyless.cli.{name.replace('-', '_')}").arguments(parser)
        yield _section(name, description(name), parser)


def _parser_of(module: str) -> ArgumentParser:
    """The parser that ``read`` of an options module makes."""

    def stop(self: ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        raise _SeenError(self)

    with mock.patch.object(ArgumentParser, "parse_args", stop):
        try:
            import_module(module).read([])
        except _SeenError as seen:
            found: ArgumentParser = seen.args[0]
            return found
    raise TypeError(f"{module}.read parses no arguments")


def _section(name: str, text: str, parser: ArgumentParser) -> str:
    rows = [_row(action) for action in parser._actions if action.dest != "help" and action.help != SUPPRESS]
    head = f"### proxyless {name}\n{text}\n"
    return "\n".join([head, "| argument | meaning |", "|---|---|", *rows]) if rows else head.rstrip()


def _row(action: Action) -> str:
    name = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    if action.choices is not None:
        name = f"{{{','.join(str(choice) for choice in action.choices)}}}"
    value = f" {name}" if action.nargs != 0 else ""
    shown = ", ".join(action.option_strings) + value if action.option_strings else str(name).strip()
    meaning = (action.help or "") % {"default": action.default, "prog": "proxyless"}
    return f"| `{shown.replace('|', ' or ')}` | {meaning} |"
