"""``proxyless inject -f FILE``: the pods of manifests get the agent before they are applied, by the webhook's own code.

Objects that make no pods are printed as they stand, comments included; those that are injected are written anew, with their keys in
the order of the file.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import Reading
from proxyless.cli import exits
from proxyless.cli.argument_values import cluster_arguments
from proxyless.cli.injecting import KINDS, WorkloadInjection, injections, settings_arguments, told
from proxyless.errors import InputError
from proxyless.model.resource import Origin
from proxyless.model.snapshot import Snapshot
from proxyless.report import text
from proxyless.report.wording import clean
from proxyless.yamltext.rewritten import RewrittenText

_SOURCES = {"namespace": "Namespace", "policy": "ProxylessPolicy"}


def arguments(parser: ArgumentParser) -> None:
    """Which files, and what to print."""
    add = parser.add_argument
    add(
        "--filename",
        "-f",
        action="append",
        required=True,
        metavar="FILE",
        help="file, folder, or - for standard input; may be repeated",
    )
    add(
        "--with",
        action="append",
        default=[],
        metavar="FILE",
        dest="context_files",
        help="read this too, and do not print it: Namespaces, ProxylessMesh, policies, Istio's ConfigMaps",
    )
    cluster_arguments(parser)
    add("--namespace", "-n", default="default", help="namespace for objects without one; default: default")
    settings_arguments(parser)
    add(
        "--diff",
        action="store_true",
        help="print what changes in place of the manifests; exit code 1 where something would",
    )
    add(
        "--explain",
        action="store_true",
        help="print for each workload whether it is injected, why, and which field says so",
    )
    parser.epilog = "Exit code 0: done; 1: --diff, and something changes; 2 and 3 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print the manifests with the agent in them."""
    given = parser.parse_args(argv)
    if (given.kubeconfig or given.context) and not given.cluster:
        parser.error("--kubeconfig and --context say which cluster: add --cluster to read it")
    stdin = sys.stdin.buffer if sys.stdin else None
    own = read_paths(given.filename, default_namespace=given.namespace, stdin=stdin)
    reading = surroundings(given, own, given.context_files)
    found, problems = injections(given, reading, own.snapshot)
    problems = (*own.problems, *problems)
    for problem in problems:
        _say(text.problem(problem))
    if not given.explain:
        for item in found:
            for warning in item.made.injection.warnings:
                _say(f"warning: {item.workload.ref}: {warning}")
    changed = _print(given, own, found, reading.snapshot)
    if problems:
        return exits.USAGE
    if not own.total:
        _say("nothing was read: no object in what was given; expected *.yaml, *.yml or *.json with Kubernetes objects")
        return exits.NOTHING_READ
    return exits.FINDINGS if given.diff and changed else exits.CLEAN


def surroundings(given: Namespace, own: Reading, others: Sequence[str]) -> Reading:
    """The files, over others, over the cluster where it is asked for.

    Raises:
        InputError: another file cannot be read.
    """
    snapshot, texts = own.snapshot, own.texts
    if others:
        beside = read_paths(others, default_namespace=given.namespace)
        if beside.problems:
            raise InputError(text.problem(beside.problems[0]))
        snapshot = Snapshot((*beside.snapshot, *snapshot))
        texts = {**beside.texts, **texts}
    whole = own._replace(snapshot=snapshot, texts=texts)
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs

        given.path = given.filename
        live = over_cluster(given, (), whole, KINDS)
        for note in live.notes:
            _say(f"note: {note}")
        whole = whole._replace(snapshot=live.cluster.overlay(*snapshot))
    return whole


def _print(given: Namespace, own: Reading, found: Sequence[WorkloadInjection], known: Snapshot) -> bool:
    """Print what is asked for; whether anything changes."""
    new = [item for item in found if item.made.injection.operations]
    if given.explain:
        for item in found:
            print("\n".join(map(clean, told(item, own.texts, known))))
    elif given.diff:
        from proxyless.cli.fixes_told import difference  # noqa: PLC0415  only for this

        for item in new:
            before, after = map(RewrittenText.shown, (item.workload.resource.body, item.made.body))
            sys.stdout.writelines(difference(str(item.workload.ref), before, after))
    else:
        sys.stdout.write("---\n".join(_manifests(own, new)))
    return bool(new)


def _manifests(own: Reading, new: Sequence[WorkloadInjection]) -> Iterator[str]:
    """The text of each file with the agent in it."""
    by_file: dict[str, list[tuple[Origin, dict[str, Any]]]] = {}
    for item in new:
        origin = item.workload.resource.origin
        if origin is not None:
            by_file.setdefault(origin.file, []).append((origin, item.made.body))
    for name, text_of_file in own.texts.items():
        objects = by_file.get(name, [])
        rewritten = RewrittenText(text_of_file, [origin.document for origin, _ in objects])
        for origin, body in objects:
            rewritten.put(origin, body)
        yield rewritten.text if rewritten.text.endswith("\n") else f"{rewritten.text}\n"


def _say(line: str) -> None:
    print(clean(line), file=sys.stderr)
