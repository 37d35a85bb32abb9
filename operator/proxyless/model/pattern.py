"""Regular expressions that are compiled when they are first used. For modules that may never use theirs.

To compile one takes as long as to declare ten classes, and a run of ``proxyless lint`` on a small file imports sixty of which it
uses a few. What is used in every run is compiled where it stands.
"""

import re
from typing import Any, AnyStr, cast


class _Uncompiled:
    """Stands for an expression until it is used; then has its methods as its own."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The expression, as ``re.compile`` gives it; a mistake in it shows when it is used, in tests."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))
