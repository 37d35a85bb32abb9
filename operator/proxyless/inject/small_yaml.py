"""Reads the YAML that people write into one annotation: mappings of plain values, in block or in braces.

The pure part imports no YAML library, and this annotation holds a few lines. What is outside that small part of YAML is
refused, never guessed: ``read`` gives what kubectl and Istio would read, or nothing. Used by ``hold``.
"""

import json
import re
from typing import Any, Final

UNREADABLE: Final = None
"""Answer for text outside the part of YAML that is read here; also for text that is no mapping."""


class _Outside(ValueError):  # noqa: N818  not an error: text outside what is read here
    """The text is outside the part of YAML that is read here."""


_KEY = re.compile(r"""([A-Za-z_][A-Za-z0-9_.-]*|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'):(?: +|$)""")
_WORDS: dict[str, Any] = {
    **{spelling: True for word in ("true", "yes", "on") for spelling in (word, word.title(), word.upper())},
    **{spelling: False for word in ("false", "no", "off") for spelling in (word, word.title(), word.upper())},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
_LETTERED = re.compile(r"(?:[A-Za-z_/$]|[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h)\Z|\d+\.\d+\.\d+\.\d+(?::\d+)?\Z)")
"""Plain text that YAML 1.1 takes for nothing else: a word, a duration, an address."""
_AMBIGUOUS = ("y", "Y", "n", "N")
_TOKEN = re.compile(r"""\s*(?:([{}\[\],])|("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*')|([^\s{}\[\],"'][^{}\[\],\n"']*))""")
_COMMENTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*') +#.*\Z""")


def read(text: str) -> dict[str, Any] | None:
    """The mapping that a text holds, JSON or small YAML; ``UNREADABLE`` where it is neither."""
    try:
        found = _JSON.decode(text)
    except (ValueError, RecursionError):
        pass
    else:
        return found if isinstance(found, dict) else UNREADABLE
    if "\t" in text or "\r" in text or not text.replace("\n", "").isprintable():
        return UNREADABLE
    try:
        if text.lstrip().startswith("{"):
            return _braces(text)
        lines = [
            (len(line) - len(line.lstrip(" ")), line.strip(" "))
            for line in text.split("\n")
            if line.strip(" ") and not line.lstrip(" ").startswith("#")
        ]
        mapping, rest = _block(lines, lines[0][0]) if lines else ({}, 0)
        if rest != len(lines):
            return UNREADABLE
    except (ValueError, RecursionError):
        return UNREADABLE
    else:
        return mapping


def _no_number(text: str) -> Any:
    """Python's JSON reader knows NaN and Infinity, JSON does not."""
    raise _Outside(text)


_JSON = json.JSONDecoder(parse_constant=_no_number)
"""Made once: a decoder costs more than the few lines that it reads."""


def _block(lines: list[tuple[int, str]], indent: int, start: int = 0) -> tuple[dict[str, Any], int]:
    """A block mapping whose keys stand at ``indent``, and the first line after it."""
    mapping: dict[str, Any] = {}
    at = start
    while at < len(lines) and lines[at][0] == indent:
        match = _KEY.match(lines[at][1])
        if match is None:
            raise _Outside
        key, rest = _quoted(match[1]), _uncommented(lines[at][1][match.end() :])
        if not isinstance(key, str) or key in mapping or key in _WORDS or key in _AMBIGUOUS:
            raise _Outside
        at += 1
        if rest:
            mapping[key] = _value(rest)
        elif at < len(lines) and lines[at][1].startswith("- ") and lines[at][0] >= indent:
            mapping[key], at = _list(lines, lines[at][0], at)
        elif at < len(lines) and lines[at][0] > indent:
            mapping[key], at = _block(lines, lines[at][0], at)
        else:
            mapping[key] = None
    if at < len(lines) and lines[at][0] > indent:
        raise _Outside
    return mapping, at


def _list(lines: list[tuple[int, str]], indent: int, start: int) -> tuple[list[Any], int]:
    """A list of plain values."""
    items: list[Any] = []
    at = start
    while at < len(lines) and lines[at][0] == indent and lines[at][1].startswith("- "):
        items.append(_value(_uncommented(lines[at][1][2:].strip(" "))))
        at += 1
    if at < len(lines) and lines[at][0] > indent:
        raise _Outside
    return items, at


def _value(text: str) -> Any:
    if text.startswith("{"):
        return _braces(text)
    return _quoted(text) if text[:1] in ("'", '"') else _plain(text)


def _quoted(text: str) -> Any:
    """Quoted text; what is not quoted is returned as it is."""
    if text.startswith("'"):
        if len(text) < len("''") or not text.endswith("'") or "'" in text[1:-1].replace("''", ""):
            raise _Outside
        return text[1:-1].replace("''", "'")
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise _Outside from None
    return text


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    if not _LETTERED.match(text) or text in _AMBIGUOUS or ": " in text or " #" in text or text.endswith(":"):
        raise _Outside
    return text


def _uncommented(text: str) -> str:
    """Text before a trailing comment."""
    if text[:1] in ("'", '"'):
        match = _COMMENTED.match(text)
        return match[1] if match else text
    return "" if text.startswith("#") else text.split(" #", 1)[0].rstrip(" ")


def _braces(text: str) -> dict[str, Any]:
    tokens = []
    at = 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise _Outside
        tokens.append((match[1] or "", match[2] or "", (match[3] or "").rstrip()))
        at = match.end()
    mapping, rest = _flow(tokens, 0)
    if rest != len(tokens) or not isinstance(mapping, dict):
        raise _Outside
    return mapping


def _flow(tokens: list[tuple[str, str, str]], at: int) -> tuple[Any, int]:
    """A mapping in braces; the values are plain or braces again."""
    if at >= len(tokens) or tokens[at][0] != "{":
        raise _Outside
    mapping: dict[str, Any] = {}
    at += 1
    while at < len(tokens) and tokens[at][0] != "}":
        key, value, at = _pair(tokens, at)
        if key in mapping:
            raise _Outside
        mapping[key] = value
        if at < len(tokens) and tokens[at][0] == ",":
            at += 1
        elif at >= len(tokens) or tokens[at][0] != "}":
            raise _Outside
    if at >= len(tokens):
        raise _Outside
    return mapping, at + 1


def _pair(tokens: list[tuple[str, str, str]], at: int) -> tuple[str, Any, int]:
    """One ``key: value`` in braces and the token after it."""
    _, quoted, plain = tokens[at]
    if quoted:
        key = _quoted(quoted)
        at += 1
        plain = tokens[at][2] if at < len(tokens) else ""
        if not plain.startswith(":"):
            raise _Outside
        rest = plain[1:].lstrip(" ")
    else:
        match = _KEY.match(plain)
        if match is None:
            raise _Outside
        key, rest = match[1], plain[match.end() :]
        if key in _WORDS or key in _AMBIGUOUS:
            raise _Outside
    at += 1
    if rest:
        return key, _plain(rest), at
    if at < len(tokens) and tokens[at][1]:
        return key, _quoted(tokens[at][1]), at + 1
    value, at = _flow(tokens, at)
    return key, value, at
