"""Finds documents that a YAML 1.2 parser may read otherwise than kubectl does (go-yaml v2, YAML 1.1).

Called by ``manifests`` for every text. Each token stands in one line, and manifests repeat their lines, so each different
line is scanned once, by regular expressions. It may find too much, which only costs time; where it finds too little, a
test that compares both readers tells.
"""

import re

from proxyless.model.pattern import pattern

_END = r"(?=[ \t]*(?:[\r\n,\]}:#]|\Z))"
_KEY = r"(?:[-+]?\d[\w.+-]*|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL|~)"
_DIFFERS = re.compile(
    # where a plain scalar may start ...
    r"""[,\[{\n:?-](?:(?<=[,\[{\n])[ \t]*|[ \t]+|(?<=["']:))"""
    # ... and starts with a character of one of the tokens below, which is asked first since most do not
    r"(?=[&*!%\t<?{.:yYnNoO+\-0-9_tTfF~])(?:"
    # ... an anchor, alias, tag, merge key, complex or empty key, template, directive, document end, tab
    r"[&*!%\t:?]|<<|\{\{|\.\.\.|"
    # ... a boolean of YAML 1.1
    rf"(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF){_END}|"
    # ... a number that one of them reads as another number, or a whole float
    r"[-+]?(?:0[0-9_xXbBoO]|\.\w|[\d.]*_|\d{19}|"
    rf"\d+\.0*{_END}|\d+\.?\d*[eE])|"
    # ... a key that is no text
    rf"{_KEY}[ \t]*:(?=[\s]|\Z))"
)
_ODD_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""The same where all characters are of ASCII, as nearly always; it is compiled in a tenth of the time."""
_ODD = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LENIENT = re.compile(
    # block nesting without bound
    r"\n {200}|- +- +- +- +- |"
    # colons beside brackets, and a key in braces that is neither text nor has a value
    r"""(?::(?<!["']:)[,\[\]{}?])|\][ \t]*:|\}[ \t]*:|"""
    rf"\{{[ \t]*{_KEY}[ \t]*[,}}]|,[ \t]*{_KEY}[ \t]*\}}"
)
"""What the fast parser would let pass."""


class Dialect:
    """The scan of the documents of one text; lines that were fine once are not looked at again."""

    def __init__(self) -> None:
        self._fine: set[str] = set()

    def fits(self, text: str) -> bool:
        """Whether a YAML 1.2 parser reads it as kubectl does, as far as its characters tell; errors excepted."""
        new = set(text.split("\n")) - self._fine
        if new and not fits_fast_parser("\n".join(new)):
            return False
        self._fine |= new
        return True


def fits_fast_parser(text: str) -> bool:
    """The same for one document, whose lines may come in any order."""
    odd = _ODD_ASCII if text.isascii() else _ODD
    return _DIFFERS.search(f"\n{text}") is None and odd.search(text) is None and _LENIENT.search(f"\n{text}") is None
