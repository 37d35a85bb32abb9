"""What ``proxyless.yaml`` and ``[tool.proxyless]`` of a pyproject.toml may say, and how it is read: values in, values or problems out.

Called by ``adapters.config_file``, which reads the file and finds the lines. The names are those of the flags of ``proxyless
lint``. Nothing that writes (``--output``, ``--fix``) can be said in a file, since files come with repositories of others.
docs/schemas/proxyless-yaml.schema.json describes the same for editors; a test holds the two together. Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from proxyless.errors import InputError
from proxyless.lint.rules import CODES
from proxyless.model.client import Client, parse_client
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

LEVELS = tuple(level.word for level in sorted(Severity, reverse=True))


class ConfigProblem(NamedTuple):
    """A field that cannot be used."""

    path: FieldPath
    message: str
    """What is wrong and what to write."""


class Override(NamedTuple):
    """What holds for findings in some files."""

    paths: tuple[str, ...]
    """Patterns as in a ``.gitignore``, relative to the file that says so; empty: all files."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()
    """Codes or prefixes, and what their findings are; of several that fit the longest counts."""


class Suppression(NamedTuple):
    """Findings that the file excuses."""

    code: str
    reason: str
    paths: tuple[str, ...] = ()
    object: str = ""
    """``VirtualService shop/echo``; empty: any."""
    expires: str = ""
    """``2027-03-31``; empty: never."""


class LintConfig(NamedTuple):
    """All that a file says; None and empty where it says nothing."""

    istio: Version | None = None
    client: tuple[Client, ...] = ()
    namespace: str = ""
    assume_proxyless: bool | None = None
    paths: tuple[str, ...] = ()
    """What is linted where the command line names nothing."""
    context: tuple[str, ...] = ()
    """What is read and not judged."""
    exclude: tuple[str, ...] = ()
    per_folder: bool | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = ""
    min_severity: str = ""
    baseline: str = ""
    severity: tuple[tuple[str, Severity], ...] = ()
    overrides: tuple[Override, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


class _Wrong(Exception):  # noqa: N818  says what is the case
    """A value that cannot be used: where below its field, and what to write."""

    def __init__(self, message: str, path: FieldPath = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def parsed(values: object) -> tuple[LintConfig, list[ConfigProblem]]:
    """The configuration, and every field that cannot be used; those are left out."""
    if values is None:
        return LintConfig(), []
    problems: list[ConfigProblem] = []
    found = dict(_fields(values, _FIELDS, (), problems))
    return LintConfig(**found), problems


def _fields(
    values: object, known: Mapping[str, Callable[[Any], Any]], path: FieldPath, problems: list[ConfigProblem]
) -> Iterator[tuple[str, Any]]:
    if not isinstance(values, dict):
        problems.append(ConfigProblem(path, f"is {_what(values)} where a mapping belongs; write `name: value`"))
        return
    for name, value in values.items():
        if name not in known:
            problems.append(ConfigProblem((*path, str(name)), f"is no setting; {_meant(str(name), known)}"))
            continue
        try:
            yield name.replace("-", "_"), known[name](value)
        except _Wrong as wrong:
            problems.append(ConfigProblem((*path, name, *wrong.path), wrong.message))


def _meant(name: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only for mistakes

    near = get_close_matches(name.replace("_", "-").lower(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}"


def _what(value: object) -> str:
    names = {
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a mapping",
    }
    return names.get(type(value), "nothing")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"is {_what(value) if value != '' else 'empty'} where a text belongs")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items:
        raise _Wrong(f"is {_what(value) if value != [] else 'empty'} where a list of texts belongs")
    return tuple(_at(index, _text, item) for index, item in enumerate(items))


def _at(index: int | str, read: Callable[[Any], Any], item: Any) -> Any:
    try:
        return read(item)
    except _Wrong as wrong:
        raise _Wrong(wrong.message, (index, *wrong.path)) from wrong


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"is {_what(value)}; write true or false")
    return value


def _version(value: Any) -> Version:
    if isinstance(value, float | int):
        raise _Wrong(f'is a number; write it in quotes: "{value}" (for example 1.30 would be read as 1.3)')
    try:
        return Version.parse(_text(value))
    except InputError as error:
        raise _Wrong(error.message) from error


def _clients(value: Any) -> tuple[Client, ...]:
    return tuple(_at(index, _client, item) for index, item in enumerate(_texts(value)))


def _client(value: str) -> Client:
    try:
        return parse_client(value)
    except InputError as error:
        raise _Wrong(error.message) from error


def _code(value: Any) -> str:
    code = _text(value).strip().upper()
    if not any(known.startswith(code) for known in CODES):
        raise _Wrong(f"no rule has the code or prefix {value!r}; proxyless rules lists all")
    return code


def _one_code(value: Any) -> str:
    code = _text(value).strip().upper()
    if code not in CODES:
        raise _Wrong(f"no rule has the code {value!r}; proxyless rules lists all")
    return code


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(_at(index, _code, item) for index, item in enumerate(_texts(value)))


def _level(value: Any) -> str:
    if value not in LEVELS:
        raise _Wrong(f"{value!r} is no severity; write one of {', '.join(LEVELS)}")
    return str(value)


def _severities(value: Any) -> tuple[tuple[str, Severity], ...]:
    if not isinstance(value, dict):
        raise _Wrong(f"is {_what(value)} where a mapping belongs; write for example PX502: info")
    return tuple(
        (_at(str(key), _code, key), Severity[_at(str(key), _level, item).upper()]) for key, item in value.items()
    )


def _day(value: Any) -> str:
    text = value.isoformat() if type(value) is date else str(value)  # YAML and TOML read a plain date as one
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _Wrong(f"{text!r} is no date; write for example 2027-03-31") from None


def _list_of(
    known: Mapping[str, Callable[[Any], Any]], make: Callable[..., Any], needed: tuple[str, ...]
) -> Callable[[Any], Any]:
    """Reads a list of mappings."""

    def one(item: Any) -> Any:
        problems: list[ConfigProblem] = []
        found = dict(_fields(item, known, (), problems))
        if problems:
            raise _Wrong(problems[0].message, problems[0].path)
        for name in needed:
            if name not in found:
                raise _Wrong(f"has no {name}; add it")
        return make(**found)

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Wrong(f"is {_what(value)} where a list belongs; write `- ` before each entry")
        return tuple(_at(index, one, item) for index, item in enumerate(value))

    return read


_OVERRIDE = {"paths": _texts, "select": _codes, "ignore": _codes, "severity": _severities}
_SUPPRESSION = {"code": _one_code, "reason": _text, "paths": _texts, "object": _text, "expires": _day}
_FIELDS: dict[str, Callable[[Any], Any]] = {
    "istio": _version,
    "client": _clients,
    "namespace": _text,
    "assume-proxyless": _flag,
    "paths": _texts,
    "context": _texts,
    "exclude": _texts,
    "per-folder": _flag,
    "select": _codes,
    "ignore": _codes,
    "fail-on": _level,
    "min-severity": _level,
    "baseline": _text,
    "severity": _severities,
    "overrides": _list_of(_OVERRIDE, Override, ("paths",)),
    "suppressions": _list_of(_SUPPRESSION, Suppression, ("code", "reason")),
}
SETTINGS = {"": tuple(_FIELDS), "overrides": tuple(_OVERRIDE), "suppressions": tuple(_SUPPRESSION)}
"""Names that may be written, by the list that they stand in."""
