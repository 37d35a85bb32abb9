"""Reads files of ``proxyless test``: calls, and what they are expected to come to. The schema stands in docs/how-to/test.md.

A mistake names file, line, field and what to write; an unknown key is one.
"""

from pathlib import Path
from typing import Any

from proxyless.errors import InputError
from proxyless.lint.why.expected import VERDICTS, ExpectedCall, ExpectedDestination
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin
from proxyless.model.version import Version
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.lines import locate
from proxyless.yamltext.load import load

_PERCENT = 100


class CallTest(NamedTuple):
    """One call and what is expected of it."""

    name: str
    client: str
    target: str
    method: str
    headers: dict[str, str]
    expected: ExpectedCall
    line: int
    """1-based, in its file."""


class CallTestFile(NamedTuple):
    """One file."""

    name: str
    mesh: tuple[str, ...]
    """Files and folders to read, from the folder of this file."""
    istio: Version | None
    assume_proxyless: bool
    tests: tuple[CallTest, ...]


def read_call_tests(name: str) -> CallTestFile:
    """Read a file.

    Raises:
        InputError: it cannot be read, or something in it is not as it must be.
    """
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
        value = load(text)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=name) from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text; save the file as UTF-8", where=name) from error
    except YamlError as error:
        raise InputError(error.message, where=name, line=error.line + 1, column=error.column + 1) from error
    return _Reader(name, text).file(value)


class _Reader:
    """Takes the values of one file, each where it must stand."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def file(self, value: object) -> CallTestFile:
        whole = self._mapping(value, (), ("mesh", "istio", "assumeProxyless", "tests"))
        tests = self._list(whole.get("tests"), ("tests",))
        if not tests:
            raise self._wrong(("tests",), "expected a list of tests, each with client, target and expect")
        mesh = [self._text_at(item, ("mesh", at)) for at, item in enumerate(self._list(whole.get("mesh"), ("mesh",)))]
        folder = Path(self._name).parent
        return CallTestFile(
            self._name,
            tuple(str(folder / item) for item in mesh),
            self._version(whole.get("istio")),
            self._flag(whole.get("assumeProxyless"), ("assumeProxyless",)) or False,
            tuple(self._test(item, ("tests", at)) for at, item in enumerate(tests)),
        )

    def _test(self, value: object, path: FieldPath) -> CallTest:
        whole = self._mapping(value, path, ("name", "client", "target", "method", "headers", "expect"))
        client, target = (self._needed(whole, path, key) for key in ("client", "target"))
        method = self._optional(whole, path, "method") or ""
        headers = self._mapping(whole.get("headers") or {}, (*path, "headers"), None)
        words = {str(key).lower(): self._text_at(item, (*path, "headers", key)) for key, item in headers.items()}
        expect = self._mapping(
            whole.get("expect"), (*path, "expect"), ("verdict", "route", "from", "destinations", "tls", "timeout")
        )
        name = self._optional(whole, path, "name") or f"{client} -> {target} {method}".rstrip()
        return CallTest(
            name, client, target, method, words, self._expected(expect, (*path, "expect")), self._line(path)
        )

    def _expected(self, whole: dict[str, Any], path: FieldPath) -> ExpectedCall:
        verdict = self._optional(whole, path, "verdict") or ""
        if verdict and verdict not in VERDICTS:
            raise self._wrong((*path, "verdict"), f"{verdict!r} is no verdict; write one of {', '.join(VERDICTS)}")
        listed = whole.get("destinations")
        destinations = None
        if listed is not None:
            there = (*path, "destinations")
            destinations = tuple(
                self._destination(item, (*there, at)) for at, item in enumerate(self._list(listed, there))
            )
        made = ExpectedCall(
            verdict,
            self._optional(whole, path, "route"),
            self._optional(whole, path, "from"),
            destinations,
            self._flag(whole.get("tls"), (*path, "tls")),
            self._optional(whole, path, "timeout"),
        )
        if made == ExpectedCall():
            raise self._wrong(path, "nothing is expected; write for example verdict: mtls")
        return made

    def _destination(self, value: object, path: FieldPath) -> ExpectedDestination:
        whole = self._mapping(value, path, ("host", "subset", "port", "weight", "tls"))
        port, weight = (self._number(whole.get(key), (*path, key)) for key in ("port", "weight"))
        if weight is not None and not 0 <= weight <= _PERCENT:
            raise self._wrong((*path, "weight"), f"{weight} is no share; write the percent of calls, 0 to 100")
        host = self._needed(whole, path, "host")
        tls = self._flag(whole.get("tls"), (*path, "tls"))
        return ExpectedDestination(host, self._optional(whole, path, "subset"), port, weight, tls)

    def _mapping(self, value: object, path: FieldPath, known: tuple[str, ...] | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            wanted = f" with {', '.join(known)}" if known else ""
            raise self._wrong(path, f"expected a mapping{wanted}")
        for key in value:
            if known is not None and key not in known:
                raise self._wrong((*path, key), f"unknown key {key!r}; write one of {', '.join(known)}")
        return value

    def _list(self, value: object, path: FieldPath) -> list[Any]:
        if value is not None and not isinstance(value, list):
            raise self._wrong(path, "expected a list")
        return value or []

    def _needed(self, whole: dict[str, Any], path: FieldPath, key: str) -> str:
        if whole.get(key) in (None, ""):
            raise self._wrong(path, f"expected {key} with a text; add it")
        return self._text_at(whole[key], (*path, key))

    def _optional(self, whole: dict[str, Any], path: FieldPath, key: str) -> str | None:
        return None if whole.get(key) is None else self._text_at(whole[key], (*path, key))

    def _text_at(self, value: object, path: FieldPath) -> str:
        if not isinstance(value, str):
            raise self._wrong(path, "expected a text; put it into quotes")
        return value

    def _flag(self, value: object, path: FieldPath) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise self._wrong(path, "expected true or false")
        return value

    def _number(self, value: object, path: FieldPath) -> int | None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self._wrong(path, "expected a whole number")
        return value

    def _version(self, value: object) -> Version | None:
        if value is None:
            return None
        try:
            return Version.parse(self._text_at(value, ("istio",)))
        except InputError as error:
            raise self._wrong(("istio",), error.message) from error

    def _line(self, path: FieldPath) -> int:
        return locate(self._text, Origin(self._name, 1, 0), path)[0]

    def _wrong(self, path: FieldPath, message: str) -> InputError:
        line, column = locate(self._text, Origin(self._name, 1, 0), path)
        words = f"{show(path)}: {message}" if path else message
        return InputError(words, where=self._name, line=line, column=column)
