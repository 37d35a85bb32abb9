"""The formats of ``proxyless lint``, several in one run: ``--output FORMAT[=FILE]``.

Called by ``lint`` and ``show``. Only the formats that are asked for are imported.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from os.path import realpath
from typing import cast

from proxyless.model.record import NamedTuple
from proxyless.report.lint_run import LintRun

FORMATS = {
    "text": "for people in a terminal",
    "json": "for programs; the schema is docs/schemas/lint-v1.schema.json",
    "sarif": "SARIF, for code scanning",
    "junit": "JUnit XML, for the test page of a CI system",
    "github": "annotations of a pull request on GitHub",
    "gitlab": "Code Quality report of GitLab",
    "markdown": "for a job's summary or a comment",
    "html": "one page that needs nothing else",
}
"""Names of all formats, each with its use; a test renders each of them."""
_MODULES = {"json": "json_v1", "html": "html_page"}
"""Modules of ``proxyless.report`` where they are not named as the format."""


class Output(NamedTuple):
    """Where one format goes; an empty file is standard output."""

    format: str
    file: str = ""


def output_argument(text: str) -> Output:
    """``sarif``, or ``sarif=proxyless.sarif``."""
    from argparse import ArgumentTypeError  # noqa: PLC0415  a run without options has findings to show, too, and no parser

    name, equals, file = text.partition("=")
    if name not in FORMATS:
        raise ArgumentTypeError(f"{name!r} is no format; write one of {', '.join(FORMATS)}, with =FILE for a file")
    if equals and not file:
        raise ArgumentTypeError(f"{text!r} names no file; write for example {name}=proxyless.{name}")
    return Output(name, file)


def chosen(format_: str | None, outputs: Sequence[Output]) -> tuple[Output, ...]:
    """All that is asked for; text where nothing is."""
    asked = (*((Output(format_),) if format_ else ()), *outputs)
    return asked or (Output("text"),)


def twice(outputs: Sequence[Output]) -> str:
    """What two of the outputs would both write to; empty where each has its own place."""
    seen = set()
    for item in outputs:
        place = item.file and realpath(item.file)
        if place in seen:
            return item.file or "standard output"
        seen.add(place)
    return ""


def rendered(name: str, run: LintRun) -> str:
    """A run in one format for machines, or for people elsewhere."""
    module = import_module(f"proxyless.report.{_MODULES.get(name, name)}")
    return cast("Callable[[LintRun], str]", module.render)(run)


def write(output: Output, text: str) -> None:
    """Write a result to where it goes.

    Raises:
        InputError: the file cannot be written.
    """
    if not output.file:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from proxyless.adapters.result_files import write_result  # noqa: PLC0415  few runs write files

    write_result(output.file, text)
