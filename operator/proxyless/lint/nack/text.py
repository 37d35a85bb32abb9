"""Reads what a gRPC library says where it rejects resources (NACK): which of them, and what is wrong with each. Pure.

Called by ``culprit``. Texts come from applications, so nothing in them is trusted: length and number are bounded, and a name
counts only where the library itself puts it, never inside a value that it quotes. tests/lint/nack/texts.json has real ones.
"""

from collections.abc import Iterator
from itertools import pairwise

from proxyless.model.client import C_CORE, Language
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

LONGEST = 16_384
"""Characters of a text that are read."""
MOST = 32
"""Resources of one text that are told."""
_GO = pattern(r'(?:\Aerror parsing "\w{1,64}" response: |;\n)resource "([^"\n]{1,512})": ')
_CORE = pattern(
    r"(?:\AxDS response validation errors: \[|\]; )resource index \d{1,9}: ([^\s\[\]]{1,512}): (?=[A-Z_]+: )"
)
_JAVA = pattern(
    r"(?:\A|\n)[LRCE]DS response (?:Listener|RouteConfiguration|Cluster|ClusterLoadAssignment) '([^'\n]{1,512})' validation error: "
)
_NODE = pattern(
    r"(?:\AxDS response validation errors: \[|\]?, ?)resource index \d{1,9}: (?=[\w ]{1,64} message validation failed)"
)
_HOST = pattern(r"\A[\w ]{1,64} message validation failed: \[virtual_hosts\[([\w.*-]{1,253}):(\d{1,5})\]")
_STARTS = ((_GO, (Language.GO,)), (_CORE, C_CORE), (_JAVA, (Language.JAVA,)), (_NODE, (Language.NODE,)))


class Rejection(NamedTuple):
    """One rejected resource."""

    kind: str
    """Last part of its type: ``Listener``, ``RouteConfiguration``, ``Cluster`` or ``ClusterLoadAssignment``."""
    name: str
    """Empty where the library does not tell it."""
    words: str
    """What it says of this resource."""


def rejections(kind: str, text: str) -> tuple[Rejection, ...]:
    """The resources that a text rejects, in its order; one without a name where none is told. Never raises."""
    return tuple(_found(kind, text[:LONGEST]))[:MOST]


def _found(kind: str, text: str) -> Iterator[Rejection]:
    for start, _ in _STARTS:
        heads = list(start.finditer(text))
        for head, after in pairwise((*heads, None)):
            if head is not None:
                end = len(text) if after is None else after.start()
                words = text[head.end() : end].strip()
                yield Rejection(kind, head[1] if start.groups else _by_host(kind, words), words)
        if heads:
            return
    yield Rejection(kind, "", text.strip())


def _by_host(kind: str, words: str) -> str:
    """Node tells no names, but newer releases tell the host that a route is for."""
    found = _HOST.search(words) if kind == "RouteConfiguration" else None
    return f"outbound|{found[2]}||{found[1]}" if found is not None else ""


def languages(text: str) -> tuple[Language, ...]:
    """Languages whose gRPC library words a rejection in this way; empty where that is not known."""
    return next((spoken for start, spoken in _STARTS if start.search(text[:LONGEST])), ())
