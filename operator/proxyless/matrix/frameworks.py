"""Which row about Dubbo and Kitex covers a field row. Both read the resources made for Envoy by code of their own.

gRPC's columns say nothing of them, and what no row names is unknown.
"""

from functools import cache
from typing import TYPE_CHECKING

from proxyless.model.client import Framework, Language

if TYPE_CHECKING:
    from proxyless.matrix.library_rows import FrameworkRow

COLUMNS = {Framework.DUBBO: Language.JAVA, Framework.KITEX: Language.GO}
"""The implementation that each column was read from."""


@cache
def _prefixes(covers: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    return tuple((cover.removesuffix("*"), cover.endswith("*")) for cover in covers)


def covering(rows: "tuple[FrameworkRow, ...]", name: str) -> "FrameworkRow | None":
    """The group that a field row belongs to: the one that names it with the most letters."""
    best: tuple[int, FrameworkRow] | None = None
    for row in rows:
        for prefix, open_end in _prefixes(row.covers):
            fits = name.startswith(prefix) if open_end else name == prefix
            if fits and (best is None or len(prefix) > best[0]):
                best = (len(prefix), row)
    return None if best is None else best[1]
