"""What one release of Dubbo or Kitex does with the field of a row. Called by ``judge``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from proxyless.matrix.frameworks import COLUMNS
from proxyless.matrix.outcome import OutcomeQuery, ReleaseOutcome
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.table import Table
from proxyless.matrix.verdict import IstiodHandling, Verdict
from proxyless.model.client import Framework, Language
from proxyless.model.version import Span, Version

if TYPE_CHECKING:
    from proxyless.matrix.library_rows import Column, FrameworkRow


def column_spans(table: Table, row: FieldRow, framework: Framework, language: Language | None) -> list[Span]:
    """Ranges of releases in which a framework's answer may differ."""
    group = table.framework(row)
    spans = [item.versions for item in table.windows if (item.framework, item.language) == (framework, language)]
    if group is not None:
        spans += [column.versions for column in _of(group, framework, language)]
    return spans


def _of(group: "FrameworkRow", framework: Framework, language: Language | None) -> "Iterator[Column]":
    """What was read of one implementation; without one, of the usual."""
    wanted = language or COLUMNS[framework]
    return (item for item in group.columns[framework] if wanted in (item.languages or (COLUMNS[framework],)))


def column_istio_spans(table: Table, row: FieldRow, framework: Framework) -> list[Span]:
    """Ranges of Istio's releases in which a framework's answer may differ."""
    group = table.framework(row)
    return [] if group is None else [column.istio for column in group.columns[framework]]


def can_join(table: Table, framework: Framework, language: Language | None, version: Version | None) -> bool:
    """Whether a release can join a mesh; if no range is known, any can."""
    windows = [item.versions for item in table.windows if (item.framework, item.language) == (framework, language)]
    return version is None or not windows or any(version in span for span in windows)


def framework_outcome(table: Table, row: FieldRow, framework: Framework, ask: OutcomeQuery) -> ReleaseOutcome:
    """The answer of one release of Dubbo or Kitex."""
    name = framework.value.capitalize()
    for item in table.windows:
        if (item.framework, item.language) == (framework, ask.language) and (
            ask.version is not None and ask.version not in item.versions
        ):
            return ReleaseOutcome(
                Verdict.BREAKS, f"This release of {name} cannot join the mesh. {item.text}", evidence=item.evidence
            )
    if row.istiod is IstiodHandling.EVALUATED and row.verdict is Verdict.SUPPORTED:
        return ReleaseOutcome(Verdict.SUPPORTED)
    group = table.framework(row)
    columns = () if group is None else tuple(_of(group, framework, ask.language))
    if group is None or not columns:
        return ReleaseOutcome(Verdict.UNKNOWN, f"Not looked up for {name}.")
    for column in columns:
        if ask.istio in column.istio and (ask.version is None or ask.version in column.versions):
            return ReleaseOutcome(column.verdict, column.text, evidence=group.evidence)
    return ReleaseOutcome(Verdict.UNKNOWN, f"Not looked up for this release of {name}.")
