"""Three-valued truth: what is not known is neither true nor false (design decision 3)."""

from enum import Enum


class Truth(Enum):
    """Answer of a question about a world that may be partly unknown."""

    __hash__ = object.__hash__  # as Framework

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @staticmethod
    def of(value: bool) -> "Truth":
        """A known answer."""
        return Truth.YES if value else Truth.NO
