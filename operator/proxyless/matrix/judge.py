"""Evaluates a row about a field for the releases of Istio and the clients in question.

Where a version or the language is not known, all that are possible are judged, and equal answers are put together with
the releases that they hold for. Called by ``query`` alone.
"""

from collections.abc import Iterable, Mapping

from proxyless.matrix.framework_outcome import can_join, column_istio_spans, column_spans, framework_outcome
from proxyless.matrix.interval import Interval, cut
from proxyless.matrix.judgment import Applicability, Judgment, LibraryReleases
from proxyless.matrix.outcome import OutcomeQuery, ReleaseOutcome, grpc_outcome, reach
from proxyless.matrix.rows import EVER, Effect, FieldRow
from proxyless.matrix.table import Table
from proxyless.matrix.verdict import Verdict, Where, widest
from proxyless.model.client import Client, Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.record import NamedTuple
from proxyless.model.version import Span, Version


class _Cell(NamedTuple):
    """One stretch of Istio's releases and one of a library's."""

    istio: Interval
    at: Version
    library: LibraryReleases
    outcome: ReleaseOutcome


class Asking(NamedTuple):
    """For whom a row is judged."""

    istio: Version | None
    """Release of istiod, None: not known."""
    client: Client | None
    """Who reads it, None: gRPC in any language. Unknown parts of it are judged for all there are."""
    environment: Mapping[str, str]
    """Variables of the application; those that are missing are taken to be unset."""


def judge(table: Table, row: FieldRow, effects: tuple[Effect, ...], asking: Asking) -> tuple[Judgment, ...]:
    """Evaluates one row; the worst answer comes first.

    Args:
        table: the table.
        row: the row.
        effects: those of its effects whose condition holds for the value.
        asking: for whom.
    """
    asked = [
        (at, stretch, language, framework, version, versions)
        for at, stretch in _istio_points(table, row, effects, asking)
        for framework, language, version, versions in _client_points(table, row, effects, asking.client)
    ]
    cells = []
    for at, stretch, language, framework, version, versions in asked:
        ask = OutcomeQuery(at, language, version, asking.environment)
        if framework is Framework.GRPC:
            outcome = grpc_outcome(table, row, effects, ask)
        else:
            outcome = framework_outcome(table, row, framework, ask)
        cells.append(_Cell(stretch, at, LibraryReleases(framework, language, versions), outcome))
    groups: dict[object, list[_Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.outcome.key, []).append(cell)
    answers = [_judgment(table, row, group, cells) for group in groups.values()]
    return tuple(sorted(answers, key=_badness))


def undecided(row: FieldRow) -> Judgment:
    """The answer for a row whose condition takes more than the value to decide."""
    return Judgment(
        row,
        Verdict.UNKNOWN,
        severity(row, Verdict.UNKNOWN),
        f"Holds for: {row.value}.",
        row.blast_radius,
        (),
        evidence=row.evidence,
    )


def _badness(answer: Judgment) -> tuple[int, int]:
    order = list(Verdict)
    return (-(answer.severity or 0), -order.index(answer.verdict))


def _istio_points(
    table: Table, row: FieldRow, effects: tuple[Effect, ...], asking: Asking
) -> list[tuple[Version, Interval]]:
    client = asking.client
    if asking.istio is not None:
        return [(asking.istio, Interval())]
    spans = [row.istio, *(link.istio for link in row.features), *(effect.istio for effect in effects)]
    return cut(
        table.first_istio,
        spans
        if client is None or client.framework is Framework.GRPC
        else column_istio_spans(table, row, client.framework),
    )


def _client_points(
    table: Table, row: FieldRow, effects: tuple[Effect, ...], client: Client | None
) -> list[tuple[Framework, Language | None, Version | None, Interval]]:
    """The libraries in question: a release of each stretch in which its answer may differ, and the stretch."""
    client = client or Client()
    if client.framework is not Framework.GRPC:
        return _framework_points(table, row, client)
    if row.where is Where.ISTIOD and not effects and not row.features:
        return [(Framework.GRPC, client.language, client.version, Interval())]
    if client.language is not None and client.version is not None:
        return [(Framework.GRPC, client.language, client.version, Interval())]
    languages = _candidates(table, row) if client.language is None else [client.language]
    points: list[tuple[Framework, Language | None, Version | None, Interval]] = []
    for language in languages:
        known = table.language(language)
        if known.xds is None:
            points.append((Framework.GRPC, language, None, Interval()))
            continue
        stretches = cut(known.xds, _spans_of(table, row, effects, language))
        points += [(Framework.GRPC, language, version, stretch) for version, stretch in stretches]
    return points


def _candidates(table: Table, row: FieldRow) -> list[Language]:
    """Languages that a proxyless workload may be written in; only those with an xDS server where servers decide."""
    known = [item for item in map(table.language, Language) if item.xds is not None and item.usual]
    return [item.language for item in known if item.server or row.where is not Where.SERVER]


def _spans_of(table: Table, row: FieldRow, effects: Iterable[Effect], language: Language) -> list[Span]:
    spans: list[Span] = []
    for link in row.features:
        feature = table.feature(link.feature)
        spans += feature.support.get(language, ())
        spans += (
            switch.versions
            for switch in feature.switches
            if language in switch.languages and switch.default is not None
        )
        spans += (share.versions for share in feature.otherwise if not share.languages or language in share.languages)
    spans += (effect.versions for effect in effects if not effect.languages or language in effect.languages)
    return [span for span in spans if span != EVER]


def _framework_points(
    table: Table, row: FieldRow, client: Client
) -> list[tuple[Framework, Language | None, Version | None, Interval]]:
    languages = [client.language]
    if client.language is None:
        languages = [item.language for item in table.windows if item.framework is client.framework]
    if client.version is not None:
        return [(client.framework, client.language, client.version, Interval())]
    return [
        (client.framework, language, version, stretch)
        for language in languages
        for version, stretch in cut(Version(0, 0), column_spans(table, row, client.framework, language))
        if can_join(table, client.framework, language, version)
    ]


def _judgment(table: Table, row: FieldRow, group: list[_Cell], cells: list[_Cell]) -> Judgment:
    """Equal outcomes as one answer, with the features and the evidence of all."""
    first = group[0].outcome
    return Judgment(
        row,
        first.verdict,
        severity(row, first.verdict),
        first.reason,
        widest(cell.outcome.radius or reach(table, row, first.verdict, cell.at) for cell in group),
        () if len(group) == len(cells) else _scopes(group, cells),
        tuple(dict.fromkeys(name for cell in group for name in cell.outcome.features)),
        first.needs,
        tuple(dict.fromkeys([*row.evidence, *(text for cell in group for text in cell.outcome.evidence)])),
        any(_is_newest(cell, cells) for cell in group),
        any(cell.outcome.assumed for cell in group),
    )


def _is_newest(cell: _Cell, cells: list[_Cell]) -> bool:
    """Whether no later release of the same library, or of Istio, was asked for."""
    library = (cell.library.framework, cell.library.language)
    later = [other for other in cells if (other.library.framework, other.library.language) == library]
    return cell is later[-1]


def severity(row: FieldRow, verdict: Verdict) -> Severity | None:
    """How bad a verdict is where the row speaks of another one; its own where it does not."""
    if verdict is row.verdict:
        return row.severity
    match verdict:
        case Verdict.SUPPORTED:
            return None
        case Verdict.UNKNOWN:
            return Severity.INFO
        case Verdict.ALTERED | Verdict.IGNORED:
            return max(row.severity or Severity.WARNING, Severity.WARNING)
        case Verdict.PLAINTEXT | Verdict.BREAKS | Verdict.REJECTED:
            return Severity.ERROR


def _scopes(group: list[_Cell], cells: list[_Cell]) -> tuple[Applicability, ...]:
    """The releases of a group: stretches that touch are joined, first those of libraries, then those of Istio."""
    every = _by_istio(cells)
    held = _by_istio(group)
    stretches = list(every)
    scopes: list[Applicability] = []
    previous = -2
    for index, istio in enumerate(stretches):
        if istio not in held:
            continue
        libraries = () if len(held[istio]) == len(every[istio]) else _merged(held[istio])
        if scopes and previous == index - 1 and scopes[-1].libraries == libraries:
            scopes[-1] = Applicability(Interval(scopes[-1].istio.start, istio.stop), libraries)
        else:
            scopes.append(Applicability(istio, libraries))
        previous = index
    return tuple(scopes)


def _by_istio(cells: list[_Cell]) -> dict[Interval, list[LibraryReleases]]:
    stretches: dict[Interval, list[LibraryReleases]] = {}
    for cell in cells:
        stretches.setdefault(cell.istio, []).append(cell.library)
    return stretches


def _merged(libraries: list[LibraryReleases]) -> tuple[LibraryReleases, ...]:
    """Neighboring stretches of one library as one."""
    merged: list[LibraryReleases] = []
    for library in libraries:
        last = merged[-1] if merged else None
        if (
            last is not None
            and (last.framework, last.language) == (library.framework, library.language)
            and last.versions.stop == library.versions.start
            and last.versions.stop is not None
        ):
            merged[-1] = LibraryReleases(
                last.framework, last.language, Interval(last.versions.start, library.versions.stop)
            )
        else:
            merged.append(library)
    return tuple(merged)
