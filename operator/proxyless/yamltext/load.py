"""The value of YAML or JSON text as kubectl reads it (go-yaml v2, YAML 1.1), at ten times libyaml's speed.

Called by ``adapters.manifests`` with the documents of files, and for text inside annotations and ConfigMaps. A fast
YAML 1.2 parser reads each document that holds no token on which the two versions differ (``dialect``); the others go
through ``tree``, which imports PyYAML. Does no I/O.
"""

from collections.abc import Callable

from proxyless.yamltext.dialect import Dialect
from proxyless.yamltext.error import MAX_DEPTH, YamlError
from proxyless.yamltext.fast_parser import parse
from proxyless.yamltext.segments import documents, is_json


class Loader:
    """Reads the documents of one text; what one of them says of the dialect serves the others."""

    def __init__(self) -> None:
        self._fits: Callable[[str], bool] = Dialect().fits

    def scan(self, text: str) -> None:
        """Look at a text as a whole first: most hold no doubtful token, then none of its documents is scanned again."""
        if self._fits(text):
            self._fits = _always

    def value(self, text: str, repeated: list[YamlError]) -> object:
        """The value of one document, None where it is empty. Keys that it writes twice are added to ``repeated``.

        Raises:
            YamlError: kubectl would refuse it.
        """
        if not text or text.isspace():
            return None
        if self._fits(text):
            try:
                return parse(text)
            except ValueError:
                pass  # libyaml, the parent of kubectl's parser, has the last word and the better place
        from proxyless.yamltext.tree import compose  # noqa: PLC0415  needs PyYAML, which most runs do not
        from proxyless.yamltext.value import to_value  # noqa: PLC0415

        root = compose(text)
        return None if root is None else to_value(root, repeated)


def load(text: str) -> object:
    """The value of a text that holds one document, None where it is empty; of keys written twice the last counts.

    Raises:
        YamlError: kubectl would refuse it, or it holds several documents.
    """
    if is_json(text):
        from proxyless.yamltext.json_stream import json_values, keys_in  # noqa: PLC0415  YAML does not

        try:
            [(value, _)] = json_values(text)
        except (ValueError, RecursionError):
            pass  # YAML in braces, or none
        else:
            if keys_in(value) is None:
                raise YamlError(f"nested deeper than {MAX_DEPTH} levels")
            return value
    found: object = None
    for document in documents(text):
        value = Loader().value(document.text, [])
        if document.stray or (found is not None and value is not None):
            raise YamlError("one document is expected here, without '---'", document.line - 1)
        found = found if value is None else value
    return found


def _always(_: str) -> bool:
    return True
