"""Finds and reads ``proxyless.yaml``, or ``[tool.proxyless]`` of a pyproject.toml. Called by the command line.

The nearest one counts, from the current folder up to the top of its repository; outside of a repository only that of the current folder.
"""

# ruff: noqa: PTH100, PTH110, PTH113, PTH118, PTH120, PTH123
# As cheap as can be: every run of lint looks for it.

import os
from typing import TYPE_CHECKING

from proxyless.adapters.folders import SETTINGS
from proxyless.errors import InputError
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin

if TYPE_CHECKING:
    from proxyless.lint.config import ConfigProblem, LintConfig

PYPROJECT = "pyproject.toml"
_TABLE = "tool.proxyless"


class ConfigFile(NamedTuple):
    """A configuration, and where it was read."""

    name: str
    folder: str
    """Absolute; paths and patterns in it are relative to it."""
    config: "LintConfig"
    text: str = ""

    def line(self, path: FieldPath) -> int:
        """Where a field stands, 1-based."""
        return (_toml_line if self.name.endswith(".toml") else _yaml_line)(self.text, path)[0]


def find_config() -> str:
    """The name of the file that holds here, empty where there is none."""
    place = os.path.abspath(os.curdir)
    first = place
    found = ""
    while True:
        found = found or _in_folder(place)
        if os.path.exists(os.path.join(place, ".git")):
            return os.path.relpath(found) if found else ""
        parent = os.path.dirname(place)
        if parent == place:
            return os.path.relpath(found) if found and os.path.dirname(found) == first else ""
        place = parent


def _in_folder(folder: str) -> str:
    for name in SETTINGS:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    path = os.path.join(folder, PYPROJECT)
    try:
        with open(path, "rb") as file:
            return path if _TABLE.encode() in file.read() else ""
    except OSError:
        return ""


def read_config(name: str) -> ConfigFile:
    """Read a file.

    Raises:
        InputError: it cannot be read, or says something that cannot be used; names the field, its line and what to write.
    """
    from proxyless.lint.config import parsed  # noqa: PLC0415  only where there is a file

    try:
        with open(name, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"the configuration cannot be read: {why}; check --config", where=name) from error
    toml = name.endswith(".toml")
    values = _toml(name, text) if toml else _yaml(name, text)
    config, problems = parsed(values)
    if problems:
        raise _error(name, text, problems, toml=toml)
    return ConfigFile(name, os.path.dirname(os.path.abspath(name)), config, text)


def _yaml(name: str, text: str) -> object:
    from proxyless.yamltext.error import YamlError  # noqa: PLC0415
    from proxyless.yamltext.load import load  # noqa: PLC0415

    try:
        return load(text)
    except YamlError as error:
        raise InputError(f"no YAML: {error}", where=name, line=error.line + 1, column=error.column + 1) from error


def _toml(name: str, text: str) -> object:
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(text).get("tool", {}).get("proxyless", {})
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise InputError(f"no TOML: {error}", where=name) from error


def _error(name: str, text: str, problems: "list[ConfigProblem]", *, toml: bool) -> InputError:
    first = problems[0]
    line, column = _toml_line(text, first.path) if toml else _yaml_line(text, first.path)
    more = (
        f" ({len(problems) - 1} more: {', '.join(show(item.path) for item in problems[1:4])})" if problems[1:] else ""
    )
    field = show(first.path)
    return InputError(f"{field + ' ' if field else ''}{first.message}{more}", where=name, line=line, column=column)


def _yaml_line(text: str, path: FieldPath) -> tuple[int, int]:
    from proxyless.yamltext.lines import locate  # noqa: PLC0415

    return locate(text, Origin("", 1, 0), path)


def _toml_line(text: str, path: FieldPath) -> tuple[int, int]:
    """The first line behind the table's head that begins with the outermost name of the path that any does."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if _TABLE in line), 0)
    for step in reversed([step for step in path if isinstance(step, str)]):
        for number in range(start, len(lines)):
            line = lines[number].lstrip()
            if line.lstrip("\"'[").startswith((step, f"{_TABLE}.{step}")):
                return number + 1, len(lines[number]) - len(line) + 1
    return start + 1, 1
