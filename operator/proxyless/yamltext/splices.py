"""Which characters of a document to replace so that it says one thing more, less or otherwise.

Called by ``edit``, which reads the result again: what is not known here comes out wrong there and is refused. Works on
libyaml's nodes; block and flow style, and mixtures. Does no I/O.
"""

from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from proxyless.model.fix import Drop, FieldEdit, Put, Rename, emptied
from proxyless.model.path import FieldPath, Step, show
from proxyless.yamltext.marks import entry
from proxyless.yamltext.written import entry_lines, inline, item_lines, literal, word

Splice = tuple[int, int, str]
"""First character, the one behind the last, and what stands there instead."""


class CannotEdit(Exception):  # noqa: N818  says what is the case; the command words it
    """A change has to be made by hand, and why."""


def splices(text: str, root: Node, change: FieldEdit, value: object, *, strict_json: bool) -> list[Splice]:
    """What to replace in a document.

    Args:
        text: the document's.
        root: its tree, by ``marks``.
        change: with a path from the document's root.
        value: what the document says now.
        strict_json: whether it is JSON.

    Raises:
        CannotEdit: this is not known here.
    """
    writer = _Splicer(text, root, strict_json)
    match change:
        case Put(path, new):
            return writer.put(path, new)
        case Drop(path):
            return writer.drop(emptied(value, path))
        case Rename(path, key):
            return writer.rename(path, key)


class _Splicer:
    def __init__(self, text: str, root: Node, strict_json: bool) -> None:
        self._text = text
        self._root = root
        self._json = strict_json
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def put(self, path: FieldPath, value: Any) -> list[Splice]:
        holder, key = self._root, None
        for number, step in enumerate(path):
            found = _below(holder, step)
            if found is None:
                return [self._add(holder, key, step, _nested(path[number + 1 :], value))]
            key, holder = found
        return [self._replaced(key, holder, value)]

    def _replaced(self, key: Node | None, node: Node, value: Any) -> Splice:
        start, end = node.start_mark.index, self._end(node)
        quotes = node.style if isinstance(node, ScalarNode) and node.style in ("'", '"') else None
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            if isinstance(value, str) and "\n" in value:
                line = self._text.find("\n", start) + 1
                column = len(self._text[line:]) - len(self._text[line:].lstrip(" "))
                head, lines = literal(value)
                return start, end, self._newline.join([head, *(f"{' ' * column}{item}".rstrip() for item in lines)])
            return start, end, inline(value)
        if isinstance(node, CollectionNode) and not node.flow_style:
            if key is None:
                raise CannotEdit("a list item of several lines is not replaced in place")
            self._refuse_comments(key.end_mark.index, end)
            return key.end_mark.index + 1, end, f" {inline(value)}"
        told = inline(value, quotes, strict_json=self._json)
        return start, end, told if end > start else f" {told}"

    def _add(self, holder: Node, key: Node | None, step: Step, value: Any) -> Splice:
        """One more entry of a mapping or list."""
        if isinstance(holder, ScalarNode):
            whole = [value] if isinstance(step, int) else {step: value}
            if holder.value or holder.style or key is None or self._in_braces(holder):
                return self._replaced(key, holder, whole)
            lines = item_lines(value) if isinstance(step, int) else entry_lines(step, value)
            column = key.start_mark.column + (0 if isinstance(step, int) else 2)
            return self._lines_behind(key.end_mark.index, column, lines)
        if isinstance(holder, SequenceNode) != isinstance(step, int):
            raise CannotEdit(f"{show((step,))} fits neither a list nor a mapping there")
        if isinstance(holder, CollectionNode) and holder.flow_style:
            return self._add_inline(holder, step, value)
        lines = item_lines(value) if isinstance(step, int) else entry_lines(step, value)
        return self._lines_behind(self._end(holder), holder.start_mark.column, lines)

    def _add_inline(self, holder: Node, step: Step, value: Any) -> Splice:
        told = inline(value, strict_json=self._json)
        if isinstance(step, str):
            quoted = self._json or _is_quoted(holder)
            told = f"{word(step, strict_json=quoted)}: {inline(value, strict_json=quoted)}"
        if not holder.value:
            return holder.start_mark.index + 1, holder.end_mark.index - 1, told
        last = holder.value[-1]
        first = last[0] if isinstance(last, tuple) else last
        begins = self._text.rfind("\n", 0, first.start_mark.index) + 1
        between = self._text[begins : first.start_mark.index]
        gap = f"{self._newline}{between}" if begins > holder.start_mark.index and not between.strip() else " "
        end = self._end(last[1] if isinstance(last, tuple) else last)
        return end, end, f",{gap}{told}"

    def _lines_behind(self, position: int, column: int, lines: list[str]) -> Splice:
        """New lines behind the one that holds a position."""
        end = self._text.find("\n", position)
        end = len(self._text) if end < 0 else end
        end -= self._text[:end].endswith("\r")
        return end, end, "".join(f"{self._newline}{' ' * column}{line}" for line in lines)

    def drop(self, path: FieldPath) -> list[Splice]:
        holder, above = self._root, None
        for step in path[:-1]:
            found = _below(holder, step)
            if found is None:
                raise CannotEdit(f"{show(path)} is taken over from elsewhere in the document")
            above, holder = found
        entries = holder.value
        index = path[-1] if isinstance(path[-1], int) else _index(holder, path[-1])
        if not isinstance(holder, CollectionNode) or index is None or index >= len(entries):
            raise CannotEdit(f"{show(path)} is taken over from elsewhere in the document")
        if len(entries) == 1:
            return [self._emptied(holder, above)]
        if holder.flow_style:
            return [self._dropped_inline(entries, index)]
        first, last = _span(entries[index])
        start = first.start_mark.index
        if isinstance(holder, SequenceNode):
            start = self._text.rfind("-", 0, start)
        line = self._text.rfind("\n", 0, start) + 1
        if not self._text[line:start].strip():
            return [self._without_lines(line, self._end(last))]
        if isinstance(holder, SequenceNode) or index:
            raise CannotEdit(f"{show(path)} does not start on a line of its own")
        return self._first_of_item(line, start, self._end(last), _span(entries[1])[0].start_mark.index)

    def _first_of_item(self, line: int, start: int, end: int, following: int) -> list[Splice]:
        """The entry behind a dash: the next one takes its place. Comments between them stay, above."""
        rest = self._text.find("\n", end, following) + 1
        comments = self._text[rest:following].rpartition("\n")[0] if rest else ""
        moved = [(line, line, f"{comments}\n")] if comments.strip() else []
        return [*moved, (start, following, "")]

    def _without_lines(self, start: int, end: int) -> Splice:
        """Whole lines away; a text without a final line break stays one."""
        stop = self._text.find("\n", end) + 1
        if stop:
            return start, stop, ""
        start -= self._text[:start].endswith("\n")
        start -= self._text[:start].endswith("\r")
        return start, len(self._text), ""

    def _emptied(self, holder: CollectionNode, above: Node | None) -> Splice:
        empty = "{}" if isinstance(holder, MappingNode) else "[]"
        if holder.flow_style:
            return holder.start_mark.index, holder.end_mark.index, empty
        end = self._end(holder)
        self._refuse_comments(holder.start_mark.index if above is None else above.end_mark.index, end)
        if above is None:
            return holder.start_mark.index, end, empty
        return above.end_mark.index + 1, end, f" {empty}"

    def _dropped_inline(self, entries: list[Any], index: int) -> Splice:
        first, last = _span(entries[index])
        if index + 1 < len(entries):
            return first.start_mark.index, _span(entries[index + 1])[0].start_mark.index, ""
        return self._end(_span(entries[index - 1])[1]), self._end(last), ""

    def rename(self, path: FieldPath, key: str) -> list[Splice]:
        holder = self._root
        for step in path[:-1]:
            found = _below(holder, step)
            if found is None:
                raise CannotEdit(f"{show(path)} is taken over from elsewhere in the document")
            holder = found[1]
        index = None if isinstance(path[-1], int) else _index(holder, path[-1])
        if index is None:
            raise CannotEdit(f"{show(path)} is taken over from elsewhere in the document")
        node = holder.value[index][0]
        return [(node.start_mark.index, node.end_mark.index, word(key, node.style, strict_json=self._json))]

    def _end(self, node: Node) -> int:
        """Where what is written of a node ends; libyaml counts the comments behind a block to it."""
        while isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        end: int = node.end_mark.index
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            start = node.start_mark.index
            return start + len(self._text[start:end].rstrip())
        return end

    def _in_braces(self, node: Node) -> bool:
        """Whether a value stands in flow style: only there another character may follow it on its line."""
        end = node.end_mark.index
        rest = self._text[end:].split("\n", 1)[0].strip()
        return bool(rest) and not rest.startswith("#")

    def _refuse_comments(self, start: int, end: int) -> None:
        if any(line.lstrip().startswith("#") or " #" in line for line in self._text[start:end].split("\n")):
            raise CannotEdit("comments stand inside what would be replaced")


def _span(item: Any) -> tuple[Node, Node]:
    """First and last node of an entry or item."""
    first, last = item if isinstance(item, tuple) else (item, item)
    return first, last


def _below(holder: Node, step: Step) -> tuple[Node | None, Node] | None:
    """Key and value of a step, None where it does not exist."""
    if isinstance(step, int):
        known = isinstance(holder, SequenceNode) and step < len(holder.value)
        return (None, holder.value[step]) if known else None
    return entry(holder, step)


def _index(holder: Node, key: str) -> int | None:
    """Which entry of a mapping has a key that is written in it."""
    found = entry(holder, key)
    if found is None or not isinstance(holder, MappingNode):
        return None
    return next((index for index, pair in enumerate(holder.value) if pair[0] is found[0]), None)


def _nested(path: FieldPath, value: Any) -> Any:
    """A value below the steps that lead to it."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _is_quoted(holder: Node) -> bool:
    """Whether a mapping in braces is written as JSON has it."""
    return all(key.style == '"' for key, _ in holder.value) if holder.value else False
