"""Reads the modules that a Go binary was built from, as ``go version -m`` shows them, without Go. Pure: bytes in.

Called by ``image_libraries``. The format is that of Go's package ``debug/buildinfo`` since Go 1.18: a magic, flags, then at
offset 32 two strings, each after its length as a varint; the second holds one line per module between two marks of 16 bytes.
"""

from proxyless.model.record import NamedTuple

_MAGIC = b"\xff Go buildinf:"
_HEADER = 32
_INLINE = 2
"""Flag: the strings follow. Without it they are behind pointers, as Go before 1.18 wrote them."""
_MARK = 16


class Build(NamedTuple):
    """What is in a binary."""

    go: str
    """Release of Go, ``go1.25.3``."""
    modules: dict[str, str]
    """Version by module path; a replaced module has the version of what replaces it, where that has one."""


def build_of(data: bytes) -> Build | None:
    """The build information, None where there is none that can be read."""
    at = data.find(_MAGIC)
    while at >= 0:
        if at + _HEADER < len(data) and data[at + 15] & _INLINE:
            go, after = _text(data, at + _HEADER)
            listed, _ = _text(data, after)
            if go.startswith((b"go", b"devel")):
                return Build(go.decode(errors="replace"), _modules(listed[_MARK:-_MARK].decode(errors="replace")))
        at = data.find(_MAGIC, at + 1)  # the magic alone, as in a program that reads such information itself
    return None


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """A text after its length, and where it ends; an empty one where the length makes no sense."""
    length = shift = 0
    for position in range(at, min(at + 5, len(data))):
        byte = data[position]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            end = position + 1 + length
            return (data[position + 1 : end], end) if end <= len(data) else (b"", at)
    return b"", at


def _modules(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        kind, *rest = line.split("\t")
        if kind in ("dep", "mod") and len(rest) > 1:
            last = rest[0]
            found[last] = rest[1]
        elif kind == "=>" and len(rest) > 1 and rest[1] and last:
            found[last] = rest[1]
    return found
