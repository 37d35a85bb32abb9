"""What a document that cannot be read is told by, and the depth that every reader refuses.

Used by ``manifests``, which imports ``yaml_tree`` only for documents that need it, and by ``yaml_tree``.
"""

MAX_DEPTH = 200
"""Nested levels of one document; real manifests stay under 40."""


class TreeError(Exception):
    """A document that cannot be read; ``line`` and ``column`` are 0-based within it."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(message)
