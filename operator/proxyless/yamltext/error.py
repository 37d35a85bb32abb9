"""The error for text that cannot be read, and the greatest nesting depth that readers accept. Used by all of this package."""

MAX_DEPTH = 200
"""Nested levels of one document; real manifests stay under 40."""


class YamlError(Exception):
    """A document that cannot be read; ``line`` and ``column`` are 0-based within it."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(message)
