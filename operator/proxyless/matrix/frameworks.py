"""Rows about Dubbo and Kitex, which read the resources made for Envoy by code of their own.

gRPC's columns say nothing of them, and what no row names is unknown.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from proxyless.matrix.rows import span
from proxyless.matrix.verdict import Verdict
from proxyless.model.version import Framework, Language, Span

COLUMNS = {Framework.DUBBO: Language.JAVA, Framework.KITEX: Language.GO}
"""The implementation that each column was read from."""


class Column(NamedTuple):
    """What some releases of a framework make of a group of fields."""

    verdict: Verdict
    text: str
    versions: Span
    istio: Span


class FrameworkRow(NamedTuple):
    """A group of fields, and what each framework makes of it."""

    id: str
    title: str
    covers: tuple[str, ...]
    """Identifiers of field rows; one that ends in ``*`` stands for all that start so."""
    columns: Mapping[Framework, tuple[Column, ...]]
    grpc: str
    evidence: tuple[str, ...]


class Window(NamedTuple):
    """Releases of a framework that can join an Istio mesh at all."""

    framework: Framework
    language: Language
    versions: Span
    text: str
    evidence: tuple[str, ...]


def framework_row(data: Mapping[str, Any]) -> FrameworkRow:
    """A group of the compiled form."""
    columns = {
        framework: tuple(
            Column(
                Verdict(item["verdict"]), item["text"], span(item.get("versions", "..")), span(item.get("istio", ".."))
            )
            for item in data[framework.value]
        )
        for framework in COLUMNS
    }
    return FrameworkRow(
        data["id"], data["title"], tuple(data["covers"]), columns, data["grpc"], tuple(data["evidence"])
    )


def window(data: Mapping[str, Any]) -> Window:
    """A range of releases of the compiled form."""
    return Window(
        Framework(data["framework"]),
        Language(data["language"]),
        span(data["versions"]),
        data["text"],
        tuple(data["evidence"]),
    )


@cache
def _prefixes(covers: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    return tuple((cover.removesuffix("*"), cover.endswith("*")) for cover in covers)


def covering(rows: tuple[FrameworkRow, ...], name: str) -> FrameworkRow | None:
    """The group that a field row belongs to: the one that names it with the most letters."""
    best: tuple[int, FrameworkRow] | None = None
    for row in rows:
        for prefix, open_end in _prefixes(row.covers):
            fits = name.startswith(prefix) if open_end else name == prefix
            if fits and (best is None or len(prefix) > best[0]):
                best = (len(prefix), row)
    return None if best is None else best[1]
