"""The text of a file in which whole objects are written anew, all else as it stood. Pure; called by ``proxyless inject``.

Style and comments of those objects are lost, the order of their keys is kept. JSON stays JSON.
"""

import json
from collections.abc import Iterable
from typing import Any

from proxyless.model.pattern import pattern
from proxyless.model.resource import Origin
from proxyless.yamltext.edit import EditedText
from proxyless.yamltext.load import load
from proxyless.yamltext.written import mapping_lines

_FIRST_COMMENTS = pattern(r"(?:[ \t]*(?:#[^\n]*)?\n)*")


class RewrittenText(EditedText):
    """A text that takes whole objects."""

    def __init__(self, text: str, documents: Iterable[int]) -> None:
        super().__init__(text, documents)
        self._bodies: dict[int, Any] = {}

    def put(self, origin: Origin, body: dict[str, Any]) -> None:
        """Write an object in place of the one that stands somewhere."""
        number = origin.document
        before = self.document(number)
        whole = self._bodies[number] if number in self._bodies else self.value(before)
        if origin.item >= 0:
            items = whole["items"]
            whole = {**whole, "items": [*items[: origin.item], body, *items[origin.item + 1 :]]}
        else:
            whole = body
        self._bodies[number] = whole
        if self.is_json:
            self.replace(number, json.dumps(whole, indent=2, ensure_ascii=False))
            return
        head = _FIRST_COMMENTS.match(before)
        self.replace(number, (head[0] if head else "") + self.shown(whole))

    @staticmethod
    def shown(body: dict[str, Any]) -> str:
        """An object as YAML that kubectl reads as it is meant; as JSON, which is YAML too, where a value defies the writer."""
        made = "\n".join(mapping_lines(body)) + "\n"
        return made if load(made) == body else json.dumps(body, indent=2, ensure_ascii=False) + "\n"
