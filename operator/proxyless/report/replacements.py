"""What a finding's fix replaces in the text of its file, for formats that carry fixes. Pure.

Called by ``sarif``. Nothing is judged again here, as ``--fix`` does it before it takes a fix.
"""

from collections.abc import Mapping

from proxyless.model.finding import Finding
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

LONGEST = 200_000
"""Characters of a text that fixes are looked for in: each of them reads its document again."""


class Replacement(NamedTuple):
    """Whole lines and what stands there instead; ``first`` is 1-based, ``end`` the line behind the last."""

    first: int
    end: int
    text: str
    column: int = 1
    """Of ``end``: 1, or behind the last character of a text without a line break at its end."""


def replacement(finding: Finding, subject: Resource | None, texts: Mapping[str, str]) -> Replacement | None:
    """The lines that the fix changes; None where there is no fix, or it has to be made by hand."""
    origin = finding.origin
    if finding.fix is None or origin is None or subject is None or len(texts.get(origin.file, "")) > LONGEST:
        return None
    text = texts.get(origin.file)
    if text is None:
        return None
    from proxyless.yamltext.edit import EditedText  # noqa: PLC0415  needs PyYAML, and few findings come here
    from proxyless.yamltext.splices import CannotEdit  # noqa: PLC0415

    edited = EditedText(text, (origin.document,))
    try:
        edited.take(origin, subject.body, finding.fix.changes)
    except CannotEdit:
        return None
    return _lines(text.split("\n"), edited.text.split("\n"))


def _lines(old: list[str], new: list[str]) -> Replacement | None:
    """From the first line that differs to the last."""
    shortest = min(len(old), len(new))
    first = next((index for index in range(shortest) if old[index] != new[index]), shortest)
    same = next((back for back in range(shortest - first) if old[-1 - back] != new[-1 - back]), shortest - first)
    if first == len(old) == len(new):
        return None
    if not same:  # the last line changes, and no line break ends it
        return Replacement(first + 1, len(old), "\n".join(new[first:]), len(old[-1]) + 1)
    inserted = "".join(f"{line}\n" for line in new[first : len(new) - same])
    return Replacement(first + 1, len(old) - same + 1, inserted)
