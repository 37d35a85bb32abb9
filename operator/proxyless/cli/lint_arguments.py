"""The arguments of ``proxyless lint``, and their values where none is given. Called by ``lint``.

Argparse and what parses values are imported only where an argument is given, as ``lint.quick`` says.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from proxyless.lint.rules import CODES
from proxyless.model.finding import Severity

if TYPE_CHECKING:
    from argparse import ArgumentParser

LEVELS = {level.word: level for level in sorted(Severity, reverse=True)}
"""Severities by name, worst first."""

DEFAULTS: dict[str, object] = {
    "cluster": False,
    "kubeconfig": "",
    "context": "",
    "format": None,
    "output": [],
    "verbose": False,
    "group_by": None,
    "statistics": False,
    "config": "",
    "no_config": False,
    "baseline": "",
    "write_baseline": False,
    "prune_baseline": False,
    "min_severity": "",
    "diff_base": "",
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
    "jobs": 0,
}
"""Values of what is not given, for both ways in; a test compares the names with those of :func:`arguments`."""


def arguments(parser: "ArgumentParser") -> None:
    """All that lint takes."""
    from proxyless.cli.argument_values import (  # noqa: PLC0415  as quick says
        client_argument,
        cluster_arguments,
        jobs_argument,
        version_argument,
    )
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
        choices=tuple(LEVELS),
        help="lowest severity that gives exit code 1; default: warning, so that findings of severity info alone exit with 0",
    )
    add(
        "--exclude",
        action="append",
        metavar="GLOB",
        help="skip matching files and folders below a folder, .gitignore syntax; may be repeated",
    )
    add("--config", metavar="FILE", help="default: proxyless.yaml or [tool.proxyless] of pyproject.toml, here or above")
    add("--no-config", action="store_true", help="take no configuration file")
    add("--min-severity", choices=tuple(LEVELS), help="leave out findings below it")
    add("--baseline", metavar="FILE", help="findings that FILE knows are excused; only new ones count")
    add("--write-baseline", action="store_true", help="write all findings of this run into the baseline")
    add("--prune-baseline", action="store_true", help="take out of the baseline what is not found any more")
    add("--diff-base", metavar="REVISION", help="only findings that this git revision of the files does not have")
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
    add(
        "--jobs",
        "-j",
        type=jobs_argument,
        metavar="N",
        help="judge large inputs in up to N processes; default: as many as there are processors",
    )
    parser.set_defaults(**DEFAULTS)


def codes_of(parser: "ArgumentParser", lists: Sequence[str]) -> tuple[str, ...]:
    """Codes and prefixes of comma-separated lists; each must be that of a rule."""
    codes = tuple(code.strip().upper() for text in lists for code in text.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in CODES):
            parser.error(f"no rule has the code or prefix {code!r}; proxyless rules lists all")
    if lists and not codes:
        parser.error("an empty list of codes; write for example PX3,PX502")
    return codes
