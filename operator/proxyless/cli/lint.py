"""``proxyless lint PATH...``: the rules over files, folders and standard input, before anything is applied.

Imports nothing of the operator. What the flags say of the mesh wins over a ProxylessMesh in the files.
"""

import gc
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.cli import exits
from proxyless.cli.configured import configured, read_configured
from proxyless.cli.judging import judge
from proxyless.cli.lint_arguments import DEFAULTS, LEVELS, arguments, codes_of
from proxyless.cli.show import show
from proxyless.cli.undeclared import leads
from proxyless.errors import InputError
from proxyless.lint.mesh_settings import ENFORCEMENT, MeshSettings
from proxyless.lint.rules import for_objects
from proxyless.lint.select import IGNORE, Selection
from proxyless.lint.world import World
from proxyless.model.finding import Report, Severity
from proxyless.model.kinds import INNER
from proxyless.model.record import NamedTuple
from proxyless.yamltext.comments import MARK

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from contextlib import AbstractContextManager
    from datetime import datetime

    from proxyless.adapters.config_file import ConfigFile

__all__ = ["arguments", "judge_mesh", "own_kinds", "placed", "quick", "run"]

_last: list[object] = []
"""What the last run read. The process ends after it, so nobody should wait until all of it is freed."""


def quick(argv: Sequence[str]) -> int | None:
    """The same as :func:`run` where nothing but paths is given, None elsewhere: to import and set up argparse takes longer
    than to read and judge a small file.
    """
    if not argv or any(word.startswith("-") for word in argv):
        return None
    given = cast("Namespace", SimpleNamespace(path=list(argv), **DEFAULTS))
    file = configured(given, DEFAULTS)
    return _lint(given, tuple(given.select), tuple(given.ignore), file)


def run(parser: "ArgumentParser", argv: Sequence[str]) -> int:
    """Read, judge, print; see ``cli.exits``."""
    from proxyless.cli.argument_values import check_sources  # noqa: PLC0415  as quick says
    from proxyless.cli.outputs import chosen, twice  # noqa: PLC0415  as quick says

    given = parser.parse_args(argv)
    file = configured(given, DEFAULTS)
    address = bool(given.kubeconfig or given.context)
    check_sources(parser, paths=bool(given.path), cluster=given.cluster, address=address)
    if double := twice(chosen(given.format, given.output)):
        parser.error(f"two outputs go to {double}; write --output FORMAT=FILE to give each a place of its own")
    if given.unsafe_fixes and not (given.fix or given.diff):
        parser.error("--unsafe-fixes needs --fix, or --diff to look first")
    if (given.write_baseline or given.prune_baseline) and not given.baseline:
        parser.error("--write-baseline and --prune-baseline need --baseline FILE")
    if given.diff_base and (given.cluster or given.fix or given.diff or "-" in given.path):
        parser.error("--diff-base is for files: not with --cluster, --fix, --diff or standard input")
    only, without = codes_of(parser, given.select), codes_of(parser, given.ignore)
    if given.client_from:
        from proxyless.cli.client_sources import clients_from  # noqa: PLC0415  most runs name libraries, or none

        given.client = [*given.client, *clients_from(given.client_from)]
    if given.watch:
        if given.cluster or given.fix or given.diff or "-" in given.path:
            parser.error("--watch is for files: not with --cluster, --fix, --diff or standard input")
        from proxyless.cli.watching import watch  # noqa: PLC0415  most runs end

        watch(given.path, given.exclude, lambda: _lint(given, only, without, file))
    return _lint(given, only, without, file)


def _lint(given: "Namespace", only: tuple[str, ...], without: tuple[str, ...], file: "ConfigFile | None" = None) -> int:
    gc.disable()  # as the console script does it before the imports
    reading = read_configured(given, given.path, file)
    base = MeshSettings(istio=given.istio, clients=tuple(given.client), assume_proxyless=given.assume_proxyless)
    notes: tuple[str, ...] = ()
    server = ""
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs
        from proxyless.lint.rules import ALL  # noqa: PLC0415  files need few of them

        reading, notes, injector, server, _ = over_cluster(given, ALL, reading)
        base = base._replace(injector=injector)

    def judge_all(read: Reading, config: "ConfigFile | None" = file) -> list[JudgedMesh]:
        judged = [judge_mesh(read, mesh, base, only, without, jobs=given.jobs) for mesh in read.meshes]
        if config is None and not _excuses(read):
            return judged
        from proxyless.cli.narrowing import narrowed  # noqa: PLC0415  few runs have anything of it

        reports = narrowed(read, [item.report for item in judged], config, Selection(only, without))
        return [item._replace(report=report) for item, report in zip(judged, reports, strict=True)]

    judged = judge_all(reading)
    if given.fix or given.diff:
        from proxyless.cli.fixes_told import tell  # noqa: PLC0415
        from proxyless.cli.fixing import fixed  # noqa: PLC0415  most runs change nothing

        outcome = fixed(
            reading,
            [item.report for item in judged],
            lambda read: [item.report for item in judge_all(read)],
            given.namespace,
            unsafe=given.unsafe_fixes,
        )
        code = tell(given, reading, outcome)
        if code is not None:
            return code
        reading, judged = outcome.reading, judge_all(outcome.reading)
    _last[:] = reading, judged
    report = _merged(judged)
    notes += tuple(dict.fromkeys(note for item in judged for note in item.notes))
    report = placed(report, reading)
    if given.diff_base or given.baseline or given.min_severity:
        from proxyless.cli.new_findings import limited  # noqa: PLC0415  few runs ask for it

        report, more = limited(given, report, lambda read, config: _merged(judge_all(read, config)), file)
        notes += more
    problems = (*reading.problems, *{str(item): item for one in judged for item in one.problems}.values())
    with _beside(given, reading):
        written = show(given, report, reading, problems, notes=notes, server=server)
    code = _exit_code(report, reading, problems, LEVELS[given.fail_on])
    return code if written or code == exits.INTERNAL else exits.USAGE


def _excuses(reading: Reading) -> bool:
    """Whether an excuse of any kind may be there, which few runs have."""
    if any(IGNORE in text or MARK in text for text in reading.texts.values()):
        return True
    return bool(reading.snapshot.of_kind("ProxylessPolicy") or reading.snapshot.of_kind("ProxylessMesh"))


def _merged(judged: "Sequence[JudgedMesh]") -> Report:
    if len(judged) == 1:
        return judged[0].report
    from proxyless.lint.merge import merged  # noqa: PLC0415  only for copies of one object

    return merged([item.report for item in judged])


class JudgedMesh(NamedTuple):
    """What is said of one mesh."""

    report: Report
    notes: tuple[str, ...]
    problems: tuple[InputError, ...]
    world: World


def judge_mesh(
    reading: Reading,
    mesh: MeshObjects,
    base: MeshSettings,
    only: tuple[str, ...],
    without: tuple[str, ...],
    *,
    jobs: int = 1,
) -> JudgedMesh:
    """What the rules say of one mesh, with what its own kinds and the flags say, in ``jobs`` processes at most (0: what helps)."""
    settings, selection, problems = own_kinds(reading._replace(snapshot=mesh.snapshot), base)
    timed = selection.exemptions or reading.built or any(" until " in text for text in reading.texts.values())
    selection = selection._replace(only=only, without=without, now=_now() if timed else None)
    world = World(mesh.snapshot, settings)
    report = judge(for_objects(mesh.subjects, world, selection), world, mesh.subjects, selection, jobs)
    return JudgedMesh(report, leads(world, mesh.subjects), problems, world)


def _beside(given: "Namespace", reading: Reading) -> "AbstractContextManager[object]":
    """Findings go to standard error where the fixes of standard input or of a cluster went to standard output."""
    from contextlib import nullcontext, redirect_stdout  # noqa: PLC0415  loaded already, by then

    return redirect_stdout(sys.stderr) if given.fix and (given.cluster or "-" in reading.texts) else nullcontext()


def _now() -> "datetime":
    from datetime import UTC, datetime  # noqa: PLC0415  only what expires needs it

    return datetime.now(UTC)


def own_kinds(reading: Reading, base: MeshSettings) -> tuple[MeshSettings, Selection, tuple[InputError, ...]]:
    """Settings from ProxylessMesh, ProxylessPolicy and Istio's own settings in the files, and problems in ours."""
    snapshot = reading.snapshot
    if not any(snapshot.of_kind(kind) for kind in ("ProxylessMesh", "ProxylessPolicy", *INNER)):
        named = (item.name for item in snapshot.of_kind("Namespace") if item.labels.get(ENFORCEMENT) == "strict")
        return base, Selection(strict=frozenset(named)), ()
    from proxyless.adapters import policies  # noqa: PLC0415  needs pydantic, which most runs do not
    from proxyless.yamltext.lines import locate  # noqa: PLC0415  likewise only where one of these kinds is given

    own = policies.read(snapshot)
    settings = policies.settings_from(own, base)
    problems = []
    for item in own.problems:
        if item.ref.kind in INNER:
            continue  # of injection alone; the condition of the ProxylessMesh tells it
        found = snapshot.get(*item.ref)
        if found is None or found.origin is None:
            problems.append(InputError(str(item)))
            continue
        text = reading.texts.get(found.origin.file, "")
        line, column = locate(text, found.origin, item.path)
        problems.append(InputError(str(item), where=found.origin.file, line=line, column=column))
    return settings._replace(istio=base.istio or settings.istio), policies.selection_from(own), tuple(problems)


def placed(report: Report, reading: Reading) -> Report:
    """The report with lines, which cost only where something is found."""
    if not (report.findings or report.suppressed):
        return report
    from proxyless.yamltext.lines import with_lines  # noqa: PLC0415  needs PyYAML, which clean runs do not

    return report._replace(
        findings=with_lines(report.findings, reading.texts),
        suppressed=with_lines(report.suppressed, reading.texts),
    )


def _exit_code(report: Report, reading: Reading, problems: Sequence[InputError], threshold: Severity) -> int:
    if any(item.internal for item in report.notices):
        return exits.INTERNAL
    if problems:
        return exits.USAGE
    if not reading.total:
        return exits.NOTHING_READ
    if any(finding.severity >= threshold for finding in report.findings):
        return exits.FINDINGS
    return exits.CLEAN
