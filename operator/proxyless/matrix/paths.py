"""Which rows concern an object: one walk over it along a trie of the patterns of its kind.

Called by ``query``. Knows nothing of versions or clients. A value of a type that a pattern does not expect is passed
over; rules of their own report malformed fields.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from proxyless.errors import MatrixError
from proxyless.matrix.condition import UNSEEN, Test, at, compiled, holds_without
from proxyless.matrix.rows import FieldRow
from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

_SEGMENT = pattern(r'\["([^"]+)"\]|(\[\])|\.?(\*)|\.?([^.\[\]*]+)')

EACH = "[]"
ANY = "*"
DEPTH = 64
"""Steps below which no list is looked at: no pattern is that long, but aliases lead in circles through lists, and an
object can be as long as it likes or hold itself."""


class RowMatch(NamedTuple):
    """A row that concerns a place of an object."""

    row: FieldRow
    path: FieldPath
    value: Any
    """None where the row is about a field that is not there."""


class _Watch(NamedTuple):
    """A row at a node, and its condition."""

    row: FieldRow
    test: Test


class _Missing(NamedTuple):
    """A row about a field that may not be there, looked at from the innermost list item or mapping value above it."""

    steps: tuple[str, ...]
    row: FieldRow
    test: Test


class TrieNode:
    """One step of the trie: the rows that end here, and the ways on."""

    __slots__ = ("any", "by_value", "each", "end", "keys", "missing", "tested", "undecided", "untested")

    def __init__(self) -> None:
        self.keys: dict[str, TrieNode] = {}
        self.each: TrieNode | None = None
        self.any: TrieNode | None = None
        self.by_value: dict[str, list[FieldRow]] = {}
        """Rows for one word each, which need no test to be found."""
        self.tested: list[_Watch] = []
        self.end = False
        """Nothing but rows for every value: no need to look further."""
        self.untested: list[FieldRow] = []
        self.missing: list[_Missing] = []
        self.undecided: list[FieldRow] = []

    def rows_of(self, value: Any, key: str | int) -> list[FieldRow]:
        """The rows for a value whose object is not known; None stands for any value where there are such rows."""
        if value is None and self.untested:
            return self.untested
        return self.chosen(value, key, UNSEEN, UNSEEN)

    def chosen(self, value: Any, key: str | int, parent: Any, body: Any) -> list[FieldRow]:
        """The rows whose condition holds, else those that hold for every value."""
        special = list(self.by_value.get(value, ())) if isinstance(value, str) else []
        special += [row for row, test in self.tested if test(value, key, parent, body)]
        return special or self.untested


def segments(pattern: str) -> tuple[str, ...]:
    """A pattern in steps: keys, :data:`EACH` for each item of a list, :data:`ANY` for each value of a mapping.

    Raises:
        MatrixError: it is no pattern.
    """
    steps: list[str] = []
    position = 0
    while position < len(pattern):
        match = _SEGMENT.match(pattern, position)
        if match is None:
            raise MatrixError(f"not a field pattern at character {position + 1}: {pattern!r}")
        steps.append(next(group for group in match.groups() if group is not None))
        position = match.end()
    return tuple(steps)


def trie(rows: Iterable[FieldRow]) -> TrieNode:
    """The patterns of one kind as a trie. Rows that need a rule of their own to decide are never found by ``walk``."""
    root = TrieNode()
    aliases: list[tuple[str, str]] = []
    for row in rows:
        _place(root, row)
        if row.same_as is not None:
            aliases.append(row.same_as)
    for target, source in aliases:
        _share(_descend(root, segments(target)), _descend(root, segments(source)))
    _mark_ends(root, set())
    return root


def _mark_ends(node: TrieNode, seen: set[int]) -> None:
    """Sets ``end``; aliases make the trie a graph with cycles."""
    if id(node) in seen:
        return
    seen.add(id(node))
    ways = [*node.keys.values(), *(way for way in (node.each, node.any) if way is not None)]
    node.end = not (ways or node.tested or node.by_value or node.missing)
    for way in ways:
        _mark_ends(way, seen)


def _place(root: TrieNode, row: FieldRow) -> None:
    steps = segments(row.path)
    node = _descend(root, steps)
    if not row.decidable:
        node.undecided.append(row)
        return
    if row.when is None:
        node.untested.append(row)
        return
    test = compiled(row.when)
    words = _words(row.when)
    for word in words:
        node.by_value.setdefault(word, []).append(row)
    if not words:
        node.tested.append(_Watch(row, test))
    if holds_without(row.when):
        inner = max((index + 1 for index, step in enumerate(steps) if step in (EACH, ANY)), default=0)
        if inner < len(steps):
            _descend(root, steps[:inner]).missing.append(_Missing(steps[inner:], row, test))


def _words(when: Any) -> list[str]:
    """The words that a condition is about where it asks for nothing else; it may hold for an absent value besides."""
    if not isinstance(when, dict) or len(when) != 1:
        return []
    wanted = [when["equals"]] if "equals" in when else when.get("in", ())
    return (
        [item for item in wanted if item is not None]
        if all(item is None or isinstance(item, str) for item in wanted)
        else []
    )


def _descend(node: TrieNode, steps: tuple[str, ...]) -> TrieNode:
    for step in steps:
        if step == EACH:
            node.each = node.each or TrieNode()
            node = node.each
        elif step == ANY:
            node.any = node.any or TrieNode()
            node = node.any
        else:
            node = node.keys.setdefault(step, TrieNode())
    return node


def _share(target: TrieNode, source: TrieNode) -> None:
    """Makes the ways on from ``source`` those of ``target``, which keeps its own rows where it has some."""
    target.keys, target.each, target.any = source.keys, source.each, source.any
    if not (target.tested or target.by_value or target.untested):
        target.tested, target.by_value, target.untested = source.tested, source.by_value, source.untested


def walk(root: TrieNode, body: Mapping[str, Any]) -> list[RowMatch]:
    """All rows that concern an object, in the order of its fields; of one place, rows whose condition holds stand for
    those that hold for every value.
    """
    walker = _Walker(body)
    walker.visit(root, body, (), None)
    return walker.found


_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long, and most of a walk is making these


class _Walker:
    """One walk: the object as a whole, and what was found so far."""

    __slots__ = ("add", "body", "found")

    def __init__(self, body: Any) -> None:
        self.body = body
        self.found: list[RowMatch] = []
        self.add = self.found.append

    def visit(self, node: TrieNode, value: Any, path: FieldPath, parent: Any) -> None:
        """The rows of one place, then those below it."""
        if node.tested or node.by_value:
            for row in node.chosen(value, path[-1] if path else "", parent, self.body):
                self.add(_new(RowMatch, (row, path, value)))
        else:
            for row in node.untested:
                self.add(_new(RowMatch, (row, path, value)))
        if isinstance(value, dict):
            self._below(node, value, path)
        elif isinstance(value, list) and node.each is not None and len(path) < DEPTH:
            each = node.each
            for index, item in enumerate(value):
                if item is not None:
                    self.visit(each, item, (*path, index), value)

    def _below(self, node: TrieNode, value: dict[Any, Any], path: FieldPath) -> None:
        keys, other = node.keys, node.any
        for key, item in value.items():
            child = keys.get(key, other)
            if child is None or item is None:
                continue
            here = (*path, key if isinstance(key, str) else str(key))
            if child.end:
                for row in child.untested:
                    self.add(_new(RowMatch, (row, here, item)))
            else:
                self.visit(child, item, here, value)
        for steps, row, test in node.missing:
            if at(value, steps) is None and test(None, steps[-1], at(value, steps[:-1]) or {}, self.body):
                self.add(RowMatch(row, (*path, *steps), None))


def at_path(root: TrieNode, path: FieldPath) -> TrieNode | None:
    """The node that a concrete path leads to, None where no pattern goes there."""
    node: TrieNode | None = root
    for step in path:
        if node is None:
            return None
        node = node.each if isinstance(step, int) else node.keys.get(step, node.any)
    return node


def at_pattern(root: TrieNode, pattern: str) -> TrieNode | None:
    """The node of a pattern; a key may stand for ``*``.

    Raises:
        MatrixError: it is no pattern.
    """
    node: TrieNode | None = root
    for step in segments(pattern):
        if node is None:
            return None
        node = node.each if step == EACH else node.any if step == ANY else node.keys.get(step, node.any)
    return node
