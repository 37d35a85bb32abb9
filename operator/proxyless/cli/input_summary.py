"""Notes of ``proxyless lint`` about its input as a whole: what was built, what was left out, what was given twice.

Called by ``show`` for all formats.
"""

from collections.abc import Iterator
from typing import Any

from proxyless.adapters.reading import Reading
from proxyless.model.resource import Resource
from proxyless.report.wording import counted

_TOLD = 5
"""Copies that are named one by one."""


def input_notes(reading: Reading) -> Iterator[str]:
    """Notes about the input that are no errors, one line each."""
    yield from reading.notes
    for first, other, alike in reading.copies[:_TOLD]:
        what = "alike" if alike else "and not alike: each copy is judged beside the rest"
        yield f"{other.ref} is given twice, {_where(first)} and {_where(other)}, {what}"
    if len(reading.copies) > _TOLD:
        yield f"... and {len(reading.copies) - _TOLD} more are given twice"


def input_line(reading: Reading) -> str:
    """What was built of the input, and how much of it is not judged; empty where there is nothing to say."""
    out = reading.left_out
    built = _listed((reading.built, "kustomization"), (reading.rendered, "Helm chart"))
    left = _listed(
        (out.charts, "Helm chart"),
        (out.kustomizations, "kustomization"),
        (out.templates, "template"),
        (out.foreign, "foreign document"),
        (out.excluded, "ignored place"),
        (reading.ignored - out.foreign, "object", "of other kinds"),
    )
    parts = [
        f"built {built}" if built else "",
        f"judged as {len(reading.meshes)} meshes" if len(reading.meshes) > 1 else "",
        f"left out {left}" if left else "",
    ]
    return "Input: " + "; ".join(part for part in parts if part) + "." if any(parts) else ""


def input_counts(reading: Reading) -> dict[str, Any]:
    """The same as numbers, for JSON's summary."""
    return {
        "built": {"kustomizations": reading.built, "charts": reading.rendered},
        "left_out": reading.left_out._asdict(),
        "meshes": len(reading.meshes),
        "copies": len(reading.copies),
    }


def last_counts(reading: Reading) -> Iterator[str]:
    """For commands that look at one mesh only: which of several copies they take."""
    if len(reading.meshes) > 1:
        yield "copies of one object differ, and the last one counts here; name one cluster's folder at a time"


def _listed(*counts: tuple[int, str] | tuple[int, str, str]) -> str:
    return ", ".join(" ".join((counted(number, noun), *more)) for number, noun, *more in counts if number > 0)


def _where(resource: Resource) -> str:
    return f"{resource.origin.file}:{resource.origin.line}" if resource.origin else "the cluster"
