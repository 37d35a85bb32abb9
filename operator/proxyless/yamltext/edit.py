"""Writes changes of objects into the text of the file that holds them; all other lines, comments and orders stay.

Called by ``lint --fix``. Where a field stands is libyaml's word (``marks``), what to write there is that of ``splices``. Each
change is read again and compared with what was meant, so that a style that is not known here can be refused, but never be
written wrongly. Does no I/O.
"""

import json
from collections.abc import Iterable
from typing import Any

from proxyless.model.fix import FieldEdit, NotThere, changed
from proxyless.model.path import show
from proxyless.model.pattern import pattern
from proxyless.model.resource import Origin
from proxyless.yamltext import marks
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.json_stream import json_values
from proxyless.yamltext.load import Loader
from proxyless.yamltext.segments import is_json, segments
from proxyless.yamltext.splices import CannotEdit, splices

_SHARED = pattern(r"(?:^|[\s\[{,])[&*][^\s,\[\]{}]|<<[ \t]*:")


class EditedText:
    """The text of one file, which takes changes one after another."""

    def __init__(self, text: str, documents: Iterable[int]) -> None:
        """Cut a text.

        Args:
            text: of a file, as it was read.
            documents: numbers of those that may be changed.
        """
        wanted = set(documents)
        self._mark = text[: text.startswith("\ufeff")]
        self._text = text.removeprefix("\ufeff")
        self._json = _is_json(self._text)
        begins = [0, *(match.end() for match in pattern(r"\n").finditer(self._text))]
        self._places: dict[int, tuple[int, int]] = {}
        for (number, item), segment in segments(self._text, wanted).items():
            if item == -1 and number in wanted:
                start = begins[segment.line - 1] + segment.column
                self._places[number] = (start, start + len(segment.text))
        self._now: dict[int, str] = {}
        self._said: dict[tuple[int, int], tuple[object, ...]] = {}
        """What each object that was changed said, first and after each change."""

    @property
    def text(self) -> str:
        """The whole text with all changes so far."""
        made, done = [self._mark], 0
        for number, (start, end) in sorted(self._places.items(), key=lambda item: item[1]):
            made += [self._text[done:start], self._now.get(number, self._text[start:end])]
            done = end
        return "".join([*made, self._text[done:]])

    def copy(self) -> "EditedText":
        """The same text with the same changes, to try more of them on."""
        other = object.__new__(EditedText)
        other.__dict__.update(self.__dict__)
        other._now, other._said = dict(self._now), dict(self._said)
        return other

    @property
    def is_json(self) -> bool:
        """Whether it is JSON."""
        return self._json

    def document(self, number: int) -> str:
        """One document as it is now."""
        start, end = self._places[number]
        return self._now.get(number, self._text[start:end])

    def replace(self, number: int, text: str) -> None:
        """Write a document anew."""
        self._now[number] = text

    def take(self, origin: Origin, body: object, changes: Iterable[FieldEdit]) -> None:
        """Write changes of one object, all of them or none.

        Args:
            origin: where it stands.
            body: the object as it was judged; what stands in the file, or stood there before a change, must say the same.
            changes: with paths from the object's root.

        Raises:
            CannotEdit: they have to be made by hand; says why.
        """
        if origin.inside:
            raise CannotEdit("it stands as text inside another object")
        place = self._places.get(origin.document)
        if place is None:
            raise CannotEdit("the text holds no such document any more")
        text = self._now.get(origin.document, self._text[place[0] : place[1]])
        base = () if origin.item < 0 else ("items", origin.item)
        value = self.value(text)
        if "{{" in text:
            raise CannotEdit("it stands in a template")
        item = (origin.document, origin.item)
        said = self._said.get(item) or (_object(value, origin),)
        if not any(_alike(one, body) for one in said):
            raise CannotEdit("a tool made the object of what stands in the file")
        for change in changes:
            moved = change._replace(path=(*base, *change.path))
            text, value = self._changed(text, value, moved)
        self._now[origin.document] = text
        self._said[item] = (*said, _object(value, origin))

    def _changed(self, text: str, value: object, change: FieldEdit) -> tuple[str, object]:
        where = show(change.path)
        try:
            wanted = changed(value, (change,))
        except NotThere as error:
            raise CannotEdit(str(error)) from error
        if _alike(wanted, value):
            return text, value
        root = marks.compose(text)
        if root is None:
            raise CannotEdit("its document cannot be read again")
        new = text
        for start, end, words in sorted(splices(text, root, change, value, strict_json=self._json), reverse=True):
            new = f"{new[:start]}{words}{new[end:]}"
        try:
            right = _alike(self.value(new), wanted)
        except CannotEdit:
            right = False
        if not right:
            if _SHARED.search(text):
                raise CannotEdit(f"{where} is written with an anchor or alias, which other fields share")
            raise CannotEdit(f"{where} is written in a style that is not changed in place")
        return new, wanted

    def value(self, text: str) -> Any:
        """What the text of a document says.

        Raises:
            CannotEdit: it cannot be read.
        """
        try:
            if self._json:
                [(value, _)] = json_values(text)
                return value
            return Loader().value(text, [])
        except (YamlError, ValueError, RecursionError) as error:
            raise CannotEdit(f"its document cannot be read again: {error}") from error


def _is_json(text: str) -> bool:
    """Whether a text is JSON indeed; YAML in flow style starts with a brace, too."""
    if not is_json(text):
        return False
    try:
        return bool(list(json_values(text)))
    except (ValueError, RecursionError):
        return False


def _object(value: Any, origin: Origin) -> object:
    """The object of a document, as it is judged: an item of a typed list has the list's apiVersion and kind."""
    if origin.item < 0:
        return value
    items = value.get("items") if isinstance(value, dict) else None
    item = items[origin.item] if isinstance(items, list) and origin.item < len(items) else None
    if isinstance(item, dict) and "kind" not in item:
        return {"apiVersion": value.get("apiVersion"), "kind": str(value.get("kind")).removesuffix("List"), **item}
    return item


def _alike(one: object, other: object) -> bool:
    """Whether two values say the same; 1, 1.0 and true differ."""
    return one == other and _plain(one) == _plain(other)


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
