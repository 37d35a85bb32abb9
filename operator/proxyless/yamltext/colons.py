"""Words in brackets that end with a colon, which libyaml refuses and go-yaml, kubectl's parser, reads.

Called by ``tree`` and ``marks`` with texts that libyaml refused. Does no I/O.
"""

from proxyless.model.pattern import pattern

_IN_BRACKETS = pattern(r"(?<=[^\s\"'\[\]{},]):(?=[,\[\]{}])")
_COLON = "\ue0c0"


def hidden(text: str) -> str:
    """The text with colons that end a plain word in brackets, ``[fd00::, x]``, as a private character of the same width.

    libyaml refuses such words, go-yaml takes the colon for a part of them.
    """
    return text if _COLON in text else _IN_BRACKETS.sub(_COLON, text)


def shown(text: str) -> str:
    """The inverse of :func:`hidden`, for the words of its text."""
    return text.replace(_COLON, ":")
