"""``proxyless lint PATH...``: the rules over files, folders and standard input, before anything is applied.

Imports nothing of the operator. What the flags say of the mesh wins over a ProxylessMesh in the files.
"""

import gc
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, BinaryIO, cast

from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.cli import exits
from proxyless.cli.show import show
from proxyless.cli.undeclared import leads
from proxyless.errors import InputError
from proxyless.lint.engine import run as judge
from proxyless.lint.mesh_settings import ENFORCEMENT, MeshSettings
from proxyless.lint.rules import CODES, for_objects
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.finding import Report, Severity
from proxyless.model.kinds import INNER
from proxyless.model.record import NamedTuple

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from contextlib import AbstractContextManager
    from datetime import datetime

_last: list[object] = []
"""What the last run read. The process ends after it, so nobody should wait until all of it is freed."""
_LEVELS = {level.word: level for level in sorted(Severity, reverse=True)}


DEFAULTS: dict[str, object] = {
    "cluster": False,
    "kubeconfig": "",
    "context": "",
    "format": None,
    "output": [],
    "verbose": False,
    "group_by": None,
    "statistics": False,
    "istio": None,
    "client": [],
    "client_from": [],
    "namespace": "default",
    "select": [],
    "ignore": [],
    "fail_on": "warning",
    "exclude": [],
    "per_folder": False,
    "assume_proxyless": False,
    "show_suppressed": False,
    "notices": False,
    "fix": False,
    "unsafe_fixes": False,
    "diff": False,
    "watch": False,
}
"""Values of what is not given, for both ways in; a test compares the names with those of :func:`arguments`."""


def arguments(parser: "ArgumentParser") -> None:
    """All that lint takes."""
    from proxyless.cli.argument_values import client_argument, cluster_arguments, version_argument  # noqa: PLC0415  as quick says
    from proxyless.cli.outputs import FORMATS, output_argument  # noqa: PLC0415  as quick says

    add = parser.add_argument
    add(
        "path", nargs="*", metavar="PATH", help="file, folder (*.yaml, *.yml, *.json below it), or - for standard input"
    )
    cluster_arguments(parser)
    add(
        "--output",
        "-o",
        action="append",
        type=output_argument,
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(FORMATS)}; to a file, or to standard output; may be repeated; default: text",
    )
    add("--format", choices=tuple(FORMATS), help="the same as --output FORMAT")
    add(
        "--verbose",
        "-v",
        action="store_true",
        help="text: also findings of severity info, and all places of each cause",
    )
    add("--group-by", choices=("object", "rule", "namespace"), help="text: findings under headings")
    add("--statistics", action="store_true", help="text: also the number of findings of each rule")
    add("--istio", type=version_argument, metavar="VERSION", help="Istio release, e.g. 1.31; default: unknown")
    add(
        "--client",
        type=client_argument,
        action="append",
        metavar="LIBRARY",
        help="library in use, e.g. python=1.85.1, go, dubbo-java=3.2.0; may be repeated",
    )
    add(
        "--client-from",
        action="append",
        metavar="PATH",
        help="libraries in use as a source tree, a program or an image says, see version-of; may be repeated",
    )
    add("--namespace", "-n", help="namespace for objects without one; default: default")
    add("--select", action="append", metavar="CODES", help="only these codes or prefixes, e.g. PX3,PX502")
    add("--ignore", action="append", metavar="CODES", help="not these codes or prefixes")
    add(
        "--fail-on",
        choices=tuple(_LEVELS),
        help="lowest severity that gives exit code 1; default: warning, so that findings of severity info alone exit with 0",
    )
    add(
        "--exclude",
        action="append",
        metavar="GLOB",
        help="skip matching files and folders below a folder, .gitignore syntax; may be repeated",
    )
    add("--per-folder", action="store_true", help="treat each folder right below PATH as a separate cluster")
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")
    add("--show-suppressed", action="store_true", help="also show suppressed findings")
    add("--notices", action="store_true", help="also show what could not be decided, and why")
    add(
        "--fix",
        action="store_true",
        help="repair what has one safe remedy, in the files; - is printed, for --cluster kubectl commands are",
    )
    add(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: also repairs that give something up or change what is sent",
    )
    add(
        "--diff",
        action="store_true",
        help="show what --fix would change, and change nothing; exit code 1 where it would",
    )
    add("--watch", action="store_true", help="judge again whenever a file changes, until Ctrl-C")
    parser.set_defaults(**DEFAULTS)


def quick(argv: Sequence[str]) -> int | None:
    """The same as :func:`run` where nothing but paths is given, None elsewhere: to import and set up argparse takes longer
    than to read and judge a small file.
    """
    if not argv or any(word.startswith("-") for word in argv):
        return None
    return _lint(cast("Namespace", SimpleNamespace(path=list(argv), **DEFAULTS)), (), ())


def run(parser: "ArgumentParser", argv: Sequence[str]) -> int:
    """Read, judge, print; see ``cli.exits``."""
    from proxyless.cli.argument_values import check_sources  # noqa: PLC0415  as quick says
    from proxyless.cli.outputs import chosen, twice  # noqa: PLC0415  as quick says

    given = parser.parse_args(argv)
    address = bool(given.kubeconfig or given.context)
    check_sources(parser, paths=bool(given.path), cluster=given.cluster, address=address)
    if double := twice(chosen(given.format, given.output)):
        parser.error(f"two outputs go to {double}; write --output FORMAT=FILE to give each a place of its own")
    if given.unsafe_fixes and not (given.fix or given.diff):
        parser.error("--unsafe-fixes needs --fix, or --diff to look first")
    only, without = _codes(parser, given.select), _codes(parser, given.ignore)
    if given.client_from:
        from proxyless.cli.client_sources import clients_from  # noqa: PLC0415  most runs name libraries, or none

        given.client = [*given.client, *clients_from(given.client_from)]
    if given.watch:
        if given.cluster or given.fix or given.diff or "-" in given.path:
            parser.error("--watch is for files: not with --cluster, --fix, --diff or standard input")
        from proxyless.cli.watching import watch  # noqa: PLC0415  most runs end

        watch(given.path, given.exclude, lambda: _lint(given, only, without))
    return _lint(given, only, without)


def _lint(given: "Namespace", only: tuple[str, ...], without: tuple[str, ...]) -> int:
    gc.disable()  # as the console script does it before the imports
    stdin: BinaryIO | None = sys.stdin.buffer if sys.stdin else None
    reading = read_paths(
        given.path,
        default_namespace=given.namespace,
        stdin=stdin,
        exclude=given.exclude,
        per_folder=given.per_folder,
    )
    base = MeshSettings(istio=given.istio, clients=tuple(given.client), assume_proxyless=given.assume_proxyless)
    notes: tuple[str, ...] = ()
    server = ""
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs
        from proxyless.lint.rules import ALL  # noqa: PLC0415  files need few of them

        reading, notes, injector, server, _ = over_cluster(given, ALL, reading)
        base = base._replace(injector=injector)

    def judge_all(read: Reading) -> list[JudgedMesh]:
        return [judge_mesh(read, mesh, base, only, without) for mesh in read.meshes]

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
    report = judged[0].report
    if len(judged) > 1:
        from proxyless.lint.merge import merged  # noqa: PLC0415  only for copies of one object

        report = merged([item.report for item in judged])
    notes += tuple(dict.fromkeys(note for item in judged for note in item.notes))
    report = placed(report, reading)
    problems = (*reading.problems, *{str(item): item for one in judged for item in one.problems}.values())
    with _beside(given, reading):
        written = show(given, report, reading, problems, notes=notes, server=server)
    code = _exit_code(report, reading, problems, _LEVELS[given.fail_on])
    return code if written or code == exits.INTERNAL else exits.USAGE


class JudgedMesh(NamedTuple):
    """What is said of one mesh."""

    report: Report
    notes: tuple[str, ...]
    problems: tuple[InputError, ...]
    world: World


def judge_mesh(
    reading: Reading, mesh: MeshObjects, base: MeshSettings, only: tuple[str, ...], without: tuple[str, ...]
) -> JudgedMesh:
    """What the rules say of one mesh, with what its own kinds and the flags say."""
    settings, selection, problems = own_kinds(reading._replace(snapshot=mesh.snapshot), base)
    timed = selection.exemptions or reading.built or any(" until " in text for text in reading.texts.values())
    selection = selection._replace(only=only, without=without, now=_now() if timed else None)
    world = World(mesh.snapshot, settings)
    report = judge(for_objects(mesh.subjects, world, selection), world, mesh.subjects, selection)
    return JudgedMesh(report, leads(world, mesh.subjects), problems, world)


def _beside(given: "Namespace", reading: Reading) -> "AbstractContextManager[object]":
    """Findings go to standard error where the fixes of standard input or of a cluster went to standard output."""
    from contextlib import nullcontext, redirect_stdout  # noqa: PLC0415  loaded already, by then

    return redirect_stdout(sys.stderr) if given.fix and (given.cluster or "-" in reading.texts) else nullcontext()


def _now() -> "datetime":
    from datetime import UTC, datetime  # noqa: PLC0415  only what expires needs it

    return datetime.now(UTC)


def _codes(parser: "ArgumentParser", lists: Sequence[str]) -> tuple[str, ...]:
    """Codes and prefixes of comma-separated lists; each must be that of a rule."""
    codes = tuple(code.strip().upper() for text in lists for code in text.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in CODES):
            parser.error(f"no rule has the code or prefix {code!r}; proxyless rules lists all")
    if lists and not codes:
        parser.error("an empty list of codes; write for example PX3,PX502")
    return codes


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
