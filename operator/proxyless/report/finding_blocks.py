"""Blocks of text for findings, worst first: place, excerpt, consequence, remedy, and all places of one cause. Pure.

Called by ``text``, which most runs need for its single lines alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from proxyless.model.finding import Finding, Severity
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref
from proxyless.report.causes import Cause, GroupBy, by_namespace, causes, groups
from proxyless.report.excerpt import Excerpts, drawn
from proxyless.report.lint_run import PlaceOf, nowhere
from proxyless.report.wording import clean, counted, place, says

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_PLACES = 5
"""PlaceOf of one cause that are named, without ``verbose``."""


class Style(NamedTuple):
    """How findings are shown."""

    color: bool = False
    excused: bool = False
    """These are suppressed findings, which is said on each with the reason."""
    verbose: bool = True
    """Infos one by one and all places of a cause."""
    group_by: GroupBy | None = None
    texts: Mapping[str, str] = {}
    """Text by file, for excerpts."""
    places: PlaceOf = nowhere


def blocks_of(findings: Iterable[Finding], style: Style) -> str:
    """One block per cause, worst first, a blank line between them. Empty for no findings."""
    shown = list(findings)
    infos = [] if style.verbose else [item for item in shown if item.severity is Severity.INFO]
    if infos:
        shown = [item for item in shown if item.severity is not Severity.INFO]
    excerpts = Excerpts(style.texts)
    blocks = []
    for heading, items in groups(shown, style.group_by) if style.group_by else [("", shown)]:
        blocks += [f"{_bold(clean(heading), style)}\n"] if heading else []
        blocks += ["".join(f"{line}\n" for line in _told(cause, style, excerpts)) for cause in causes(items)]
    if infos:
        blocks.append(_infos(infos))
    return "\n".join(blocks)


def _told(cause: Cause, style: Style, excerpts: Excerpts) -> Iterator[str]:
    if by_namespace(cause) and not style.verbose:
        yield _line(cause, style)
        return
    first, *others = cause
    yield from _block(first, style, excerpts)
    shown = others if style.verbose else others[:_PLACES]
    for item in shown:
        yield f"    also: {_where(item)}  {clean(str(item.ref))}  {place(item)}"
    if len(others) > len(shown):
        yield f"    also: {len(others) - len(shown)} more (-v shows all)"
    yield f"    why: proxyless explain {first.code}"


def _line(cause: Cause, style: Style) -> str:
    """A cause of a whole namespace in one line."""
    first = cause[0]
    named = ", ".join(f"{item.ref.kind} {item.ref.name} ({_where(item)})" for item in cause[:_PLACES])
    more = f" and {len(cause) - _PLACES} more" if len(cause) > _PLACES else ""
    return (
        f"{_bold(clean(f'namespace {first.ref.namespace}'), style)}  {_word(first.severity, style)} {first.code} {first.slug}  "
        f"{counted(len(cause), 'object')}: {clean(named)}{more}. Fix: {clean(first.remedy)} (-v shows each)"
    )


def _block(finding: Finding, style: Style, excerpts: Excerpts) -> Iterator[str]:
    excuse = f" (excused: {clean(finding.excuse)})" if style.excused else ""
    yield f"{_bold(_where(finding), style)}  {_word(finding.severity, style)} {finding.code} {finding.slug}{excuse}"
    value = f" = {clean(finding.value)}" if finding.value else ""
    yield f"    {clean(str(finding.ref))}  {place(finding)}{value}"
    for line in drawn(excerpts.of(finding)):
        yield f"    {line}"
    yield f"    {says(finding)}"
    yield f"    fix: {clean(finding.remedy)}"
    if finding.command:
        yield f"    run: {clean(finding.command)}"
    if finding.related:
        yield f"    see: {clean(', '.join(_related(ref, style.places(finding, ref)) for ref in finding.related))}"


def _related(ref: Ref, origin: Origin | None) -> str:
    return f"{ref} ({origin.file}:{origin.line})" if origin else str(ref)


def _infos(infos: list[Finding]) -> str:
    """What is worth knowing, in one line."""
    rules = Counter(item.code for item in infos).most_common()
    named = ", ".join(f"{code} ({number})" for code, number in rules)
    return f"{len(infos)} info not shown, nothing breaks: {named}; -v shows {'it' if len(infos) == 1 else 'them'}.\n"


def _where(finding: Finding) -> str:
    if finding.origin is None:
        return clean(str(finding.ref))
    return f"{clean(finding.origin.file)}:{finding.line or finding.origin.line}:{finding.column or 1}"


def _word(severity: Severity, style: Style) -> str:
    return f"\x1b[{_COLORS[severity]};1m{severity.word}\x1b[0m" if style.color else severity.word


def _bold(words: str, style: Style) -> str:
    return f"\x1b[1m{words}\x1b[0m" if style.color else words
