"""Which files of a folder are left out: ``--exclude`` and ``.gitignore``, both by git's rules for patterns.

Called by ``folders``. Reads the ``.gitignore`` files of the folders that it is asked about.
"""

# ruff: noqa: PTH100, PTH110, PTH118, PTH120, PTH123
# Names stay as the user wrote them.

import os
import re
from collections.abc import Iterable, Sequence
from functools import cache

from proxyless.model.record import NamedTuple

_TOKEN = re.compile(r"\\(.)|(\*\*/)|(/\*\*\Z)|(\*+)|(\?)|\[(!|\^)?(\]?[^\]]*)\]|(.)", re.DOTALL)


class _Pattern(NamedTuple):
    expression: re.Pattern[str]
    keeps: bool
    """It begins with ``!``: what fits is not left out after all."""
    folders: bool
    """It ends with ``/``: only folders fit."""


Layer = tuple[str, tuple[_Pattern, ...]]
"""A folder and the patterns that are relative to it."""


class Ignore:
    """Patterns of ``.gitignore`` files from the top down, then those of the command line; the last one that fits decides."""

    def __init__(self, files: Sequence[Layer] = (), excluded: Sequence[Layer] = ()) -> None:
        self._files = tuple(files)
        self._excluded = tuple(excluded)

    @classmethod
    def for_folder(
        cls, folder: str, exclude: Iterable[str] = (), configured: "tuple[str, Sequence[str]] | None" = None
    ) -> "Ignore":
        """What holds in a folder that was named: patterns of the command line, relative to the folder or to where we are,
        those of a configuration, relative to its folder, and the ``.gitignore`` files of its repository above it.
        """
        patterns = _patterns(exclude)
        above = _repository(os.path.abspath(folder))
        places = dict.fromkeys((os.path.abspath(os.curdir), os.path.abspath(folder)) if patterns else ())
        layers = [(place, patterns) for place in places]
        if configured is not None:
            layers.append((configured[0], _patterns(configured[1])))
        return cls([(place, _read(place)) for place in above], layers)

    def inside(self, folder: str) -> "Ignore":
        """These patterns with the folder's own ``.gitignore``."""
        found = _read(folder)
        return Ignore([*self._files, (os.path.abspath(folder), found)], self._excluded) if found else self

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether a file or folder, by its absolute path, is left out; its parents are not asked."""
        result = False
        for place, patterns in (*self._files, *self._excluded):
            head = place.rstrip("/") + "/"
            for pattern in patterns if path.startswith(head) else ():
                if (folder or not pattern.folders) and pattern.expression.match(path, len(head)):
                    result = not pattern.keeps
        return result


class PathPatterns:
    """Patterns as in a ``.gitignore`` that files are asked for, relative to the folder of the file that says them."""

    def __init__(self, folder: str, patterns: Iterable[str]) -> None:
        self._ignore = Ignore([(folder, _patterns(patterns))])
        self._folder = folder
        self._known: dict[str, bool] = {}

    def fit(self, file: str) -> bool:
        """Whether a file, as it was named on the command line, or a folder that holds it, fits."""
        if file not in self._known:
            path = os.path.abspath(file)
            found = self._ignore.leaves_out(path, folder=False)
            while not found and len(path := os.path.dirname(path)) > len(self._folder):
                found = self._ignore.leaves_out(path, folder=True)
            self._known[file] = found
        return self._known[file]


def _repository(folder: str) -> list[str]:
    """The folders from the top of a git repository down to the parent of one in it; none outside of any."""
    found, place = [], folder
    while not os.path.exists(os.path.join(place, ".git")):
        parent = os.path.dirname(place)
        if parent == place:
            return []
        found.append(parent)
        place = parent
    return found[::-1]


def _read(folder: str) -> tuple[_Pattern, ...]:
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return _patterns(file.read().split("\n"))
    except OSError:
        return ()


def _patterns(lines: Iterable[str]) -> tuple[_Pattern, ...]:
    return tuple(pattern for line in lines if (pattern := _pattern(line)) is not None)


@cache
def _pattern(line: str) -> _Pattern | None:
    text = line.removesuffix("\r")
    text = re.sub(r"(?<!\\) +\Z", "", text)
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    text = text.removeprefix("!")
    folders = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    try:
        expression = re.compile(
            ("" if anchored else "(?:.*/)?") + _expression(text.removeprefix("/")) + r"\Z", re.DOTALL
        )
    except re.error:
        return None  # a class such as [z-a], which fits nothing
    return _Pattern(expression, keeps, folders) if text else None


def _expression(glob: str) -> str:
    parts = []
    for token in _TOKEN.finditer(glob):
        escaped, deep, rest, many, one, negated, members, other = token.groups()
        if deep is not None and (token.start() == 0 or glob[token.start() - 1] == "/"):
            parts.append("(?:.*/)?")
        elif deep is not None:
            parts.append("[^/]*/")
        elif rest is not None:
            parts.append("/.*")
        elif many is not None:
            parts.append(".*" if many == "**" == glob else "[^/]*")
        elif one is not None:
            parts.append("[^/]")
        elif members is not None:
            inner = members.replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"(?!/)[{'^' if negated else ''}{inner}]" if inner else re.escape(token[0]))
        else:
            parts.append(re.escape(escaped if escaped is not None else other))
    return "".join(parts)
