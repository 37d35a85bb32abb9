"""What a plain YAML scalar means to kubectl: the rules of go-yaml v2 followed by its trip through JSON.

Called by ``tree`` for documents that hold tokens which YAML 1.1 and 1.2 read differently. The rules were read in
go-yaml v2.4 (``resolve.go``) and checked against ``kubectl annotate --local`` of Kubernetes 1.36.
"""

import math

from proxyless.model.pattern import pattern

Scalar = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NO_NUMBER = pattern(r"([-+]?)\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_POINT = pattern(r"\.\d+(?:_\d+)*(?:[eE][-+]?\d+)?\Z")
_FLOAT = pattern(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?\Z")
_INTEGERS = (
    (pattern(r"([-+]?)0[xX]([0-9a-fA-F]+)\Z"), 16),
    (pattern(r"([-+]?)0[bB]([01]+)\Z"), 2),
    (pattern(r"([-+]?)0[oO]?([0-7]+)\Z"), 8),
    (pattern(r"([-+]?)(0|[1-9]\d*)\Z"), 10),
)
_INT64 = 1 << 63
_UINT64 = 1 << 64


def resolve(text: str) -> Scalar:
    """The value of a plain scalar before JSON: 64-bit integers, floats (infinite ones too), booleans, None or text."""
    if text in WORDS:
        return WORDS[text]
    first = text[0]
    if first == "." or (first in "+-" and text[1:2] == "."):
        infinite = _NO_NUMBER.match(text)
        if infinite:
            return math.nan if text[1] in "nN" else -math.inf if infinite[1] == "-" else math.inf
        if first == ".":
            return _finite(text) if _POINT.match(text) else text
    if first not in "0123456789+-":
        return text
    plain = text.replace("_", "")
    for integer, base in _INTEGERS:
        match = integer.match(plain)
        if match:
            value = int(match[2], base) * (-1 if match[1] == "-" else 1)
            if -_INT64 <= value < _UINT64:
                return value
    return _finite(plain, text) if _FLOAT.match(plain) else text


def _finite(plain: str, text: str = "") -> float | str:
    value = float(plain.replace("_", ""))
    return (text or plain) if math.isinf(value) else value


def as_json(value: Scalar) -> Scalar:
    """A scalar after JSON: whole floats become integers, integers beyond 64 bits signed become floats.

    Raises:
        ValueError: infinity and not-a-number, which JSON cannot hold.
    """
    if isinstance(value, float):
        if math.isinf(value) or math.isnan(value):
            raise ValueError("infinity and not-a-number cannot be written in JSON")
        return int(value) if value.is_integer() and -_INT64 <= value < _INT64 else value
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return float(value)
    return value


def as_key(value: Scalar) -> str:
    """A mapping key as JSON text, ``true`` for the word ``on``.

    Raises:
        ValueError: null and integers beyond 64 bits, which kubectl refuses as keys.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, int) and not -_INT64 <= value < _INT64):
        raise ValueError("null or a huge number as a key")
    if isinstance(value, int):
        return str(value)
    if math.isinf(value) or math.isnan(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    short = f"{value:g}"  # go-yaml's form has float32 digits: the same for every number that people write
    return short if float(short) == value else repr(value)
