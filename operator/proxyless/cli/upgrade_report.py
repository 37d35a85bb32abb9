"""``proxyless upgrade-report``: which objects change their meaning when Istio or gRPC libraries are upgraded.

Runs all rules over the same objects, of files or of a cluster, with both sets of releases, and asks the feature table of every field in them.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import Reading
from proxyless.cli import exits
from proxyless.cli.argument_values import check_sources, client_argument, cluster_arguments, version_argument
from proxyless.cli.input_summary import input_notes, last_counts
from proxyless.cli.lint import own_kinds
from proxyless.lint.libraries import library
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.upgrade import FieldChange, Upgrade, UpgradeSide, compare
from proxyless.model.client import Framework, Language
from proxyless.model.finding import Finding, Report
from proxyless.model.path import show
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version
from proxyless.report import text
from proxyless.report.wording import clean, counted, place, says
from proxyless.yamltext.lines import with_lines


class _Range(NamedTuple):
    """Two releases; of one library where the language is named."""

    first: Version
    last: Version
    language: Language | None = None


def arguments(parser: ArgumentParser) -> None:
    """The two ends, and the objects."""
    add = parser.add_argument
    add("path", nargs="*", metavar="PATH", help="file, folder, or - for standard input")
    cluster_arguments(parser)
    add("--istio", type=_istio, metavar="FROM..TO", help="releases of Istio, e.g. 1.28..1.31")
    add(
        "--grpc",
        type=_grpc,
        action="append",
        default=[],
        metavar="LANGUAGE=FROM..TO",
        help="releases of a gRPC library, e.g. go=1.65..1.85; may be repeated; all workloads in that language are assumed to be upgraded",
    )
    add("--format", choices=("text", "json"), default="text", help="default: text")
    add("--namespace", "-n", default="default", help="namespace for objects without one; default: default")
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")


def _istio(words: str) -> _Range:
    first, dots, last = words.partition("..")
    if not (dots and first and last):
        raise ArgumentTypeError(f"{words!r} is no upgrade; write for example 1.28..1.31")
    return _Range(version_argument(first), version_argument(last))


def _grpc(words: str) -> _Range:
    name, equals, ends = words.partition("=")
    first, dots, last = ends.partition("..")
    if not (equals and dots and first and last):
        raise ArgumentTypeError(f"{words!r} is no upgrade; write for example go=1.65..1.85")
    before, after = client_argument(f"{name}={first}"), client_argument(f"{name}={last}")
    if before.framework is not Framework.GRPC or before.version is None or after.version is None:
        raise ArgumentTypeError(f"{name!r} is not a language of gRPC; write for example go=1.65..1.85")
    return _Range(before.version, after.version, before.language)


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Compare and print; 0 nothing changes, 1 something does, else see ``cli.exits``."""
    given = parser.parse_args(argv)
    address = bool(given.kubeconfig or given.context)
    check_sources(parser, paths=bool(given.path), cluster=given.cluster, address=address)
    if given.istio is None and not given.grpc:
        parser.error("nothing to compare: give upgrades, e.g. --istio 1.28..1.31 or --grpc go=1.65..1.85")
    languages = [item.language for item in given.grpc]
    if len(set(languages)) != len(languages):
        parser.error("--grpc names a language twice")
    stdin = sys.stdin.buffer if sys.stdin else None
    reading = read_paths(given.path, default_namespace=given.namespace, stdin=stdin)
    base = MeshSettings(assume_proxyless=given.assume_proxyless)
    notes: tuple[str, ...] = ()
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  needs the API client, which files do not

        reading, notes, injector, *_ = over_cluster(given, ALL, reading)
        base = base._replace(injector=injector)
    settings, selection, problems = own_kinds(reading, base)
    selection = selection._replace(now=datetime.now(UTC))
    ends = _ends(given.istio, given.grpc)
    found = _placed(compare(ALL, reading.snapshot, settings, ends, selection), reading)
    every = (*reading.problems, *problems)
    sys.stdout.write(_json(found, ends) if given.format == "json" else _text(found, ends))
    for problem in every:
        print(clean(text.problem(problem)), file=sys.stderr)
    for note in (*notes, *input_notes(reading), *last_counts(reading)):
        print(clean(f"note: {note}"), file=sys.stderr)
    for item in found.notices:
        print(clean(f"internal error: {text.notice(item)}"), file=sys.stderr)
    if found.notices:
        return exits.INTERNAL
    if every:
        return exits.USAGE
    if not reading.total:
        return exits.NOTHING_READ
    return exits.FINDINGS if found else exits.CLEAN


def _ends(istio: _Range | None, grpc: Sequence[_Range]) -> tuple[UpgradeSide, UpgradeSide]:
    before = {item.language: item.first for item in grpc if item.language}
    after = {item.language: item.last for item in grpc if item.language}
    return UpgradeSide(istio.first if istio else None, before), UpgradeSide(istio.last if istio else None, after)


def _placed(found: Upgrade, reading: Reading) -> Upgrade:
    """The findings with their lines."""

    def lined(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(with_lines(findings, reading.texts))

    before = lined([one for one, _ in found.changed])
    after = lined([two for _, two in found.changed])
    return replace(found, new=lined(found.new), gone=lined(found.gone), changed=tuple(zip(before, after, strict=True)))


def _text(found: Upgrade, ends: tuple[UpgradeSide, UpgradeSide]) -> str:
    lines = [f"{one} -> {two}" for one, two in zip(_names(ends[0]), _names(ends[1]), strict=True)]
    blocks = [
        ("new", [_line(item) for item in found.new]),
        ("gone", [_line(item) for item in found.gone]),
        ("changed", [f"{_line(two)}\n    before: {one.severity.word}: {says(one)}" for one, two in found.changed]),
    ]
    for title, told in blocks:
        if told:
            lines += ["", f"{counted(len(told), 'finding')} {title}:", *(f"  {item}" for item in told)]
    if found.fields:
        lines += ["", f"{counted(len(found.fields), 'field')} with another meaning:"]
        lines += [f"  {_field(item)}" for item in found.fields]
    return "\n".join(lines if found else [*lines, "", "nothing changes"]) + "\n"


def _names(end: UpgradeSide) -> list[str]:
    return [*([f"Istio {end.istio}"] if end.istio else []), *map(library, end.clients)]


def _line(item: Finding) -> str:
    where = f"{item.origin.file}:{item.line} " if item.origin else ""
    return clean(f"{where}{item.severity.word} {item.code} {item.ref} {place(item)}: {says(item)}")


def _field(item: FieldChange) -> str:
    who = f" for {', '.join(map(library, item.clients))}" if item.clients else ""
    value = f" ({item.value})" if item.value else ""
    why = (item.before if item.after.severity is None else item.after).reason
    meaning = f"{item.before.verdict.value} -> {item.after.verdict.value}"
    return clean(f"{item.ref} {show(item.path)}{value}: {meaning}{who}. {why}".rstrip())


def _json(found: Upgrade, ends: tuple[UpgradeSide, UpgradeSide]) -> str:
    from proxyless.report import json_v1  # noqa: PLC0415  only the format that is asked for is imported

    def listed(findings: Sequence[Finding]) -> list[Any]:
        empty = json_v1.document(Report(tuple(findings)), files=0, objects=0, ignored=0, problems=())
        told: list[Any] = empty["findings"]
        return told

    before = listed([one for one, _ in found.changed])
    after = listed([two for _, two in found.changed])
    return json_v1.dumps(
        {
            "version": json_v1.VERSION,
            "from": _names(ends[0]),
            "to": _names(ends[1]),
            "new": listed(found.new),
            "gone": listed(found.gone),
            "changed": [{"before": one, "after": two} for one, two in zip(before, after, strict=True)],
            "fields": [
                {
                    "object": {"kind": item.ref.kind, "namespace": item.ref.namespace, "name": item.ref.name},
                    "path": show(item.path),
                    "value": item.value,
                    "row": item.row,
                    "clients": list(map(library, item.clients)),
                    "before": item.before.verdict.value,
                    "after": item.after.verdict.value,
                    "reason": item.after.reason or item.before.reason,
                }
                for item in found.fields
            ],
        }
    )
