"""``proxyless pods``: which pods that run have the agent, which lack it, and which are as settings were when they were made.

The linter tells it of workloads (PX129) and of what rests on them (PX130); this lists pods.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence

from proxyless.adapters.files import read_paths
from proxyless.cli import exits
from proxyless.cli.argument_values import check_sources, cluster_arguments
from proxyless.cli.input_summary import input_notes, last_counts
from proxyless.cli.lint import own_kinds
from proxyless.cli.table import columns
from proxyless.errors import InputError
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.pod_states import AgentState, PodState, states
from proxyless.lint.running import cure
from proxyless.lint.world import World
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.report import pods_v1, text
from proxyless.report.wording import clean


def arguments(parser: ArgumentParser) -> None:
    """Which pods, and how to print them."""
    add = parser.add_argument
    add(
        "path",
        nargs="*",
        metavar="PATH",
        help="files, folders or - for standard input, Pods with their status among them",
    )
    cluster_arguments(parser)
    add(
        "--namespace", "-n", default="", help="only pods of this namespace, which objects without one get; default: all"
    )
    add("--lacking", action="store_true", help="only pods that lack the agent or run Envoy in its place")
    add("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = "Exit code 0: all pods have the agent; 1: some lack it; 2 and 3 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print a line for each pod; exit code 1 where one lacks the agent, 3 where nothing was read."""
    given = parser.parse_args(argv)
    check_sources(
        parser, paths=bool(given.path), cluster=given.cluster, address=bool(given.kubeconfig or given.context)
    )
    read = _read(given)
    for problem in read.problems:
        print(text.problem(problem), file=sys.stderr)
    found = _found(read, given.namespace)
    lacking = [item for item in found if item.state in (AgentState.MISSING, AgentState.ENVOY)]
    shown = lacking if given.lacking else found
    cures = {item.workload.ref: cure(item.workload, read.world) for item in lacking}
    if given.format == "json":
        sys.stdout.write(pods_v1.dumps(pods_v1.document(shown, cures)))
    elif shown:
        print(columns(pods_v1.HEADS, pods_v1.rows(shown, cures)))
    print(pods_v1.summary(found), file=sys.stderr)
    if read.problems or not read.total:
        return exits.USAGE if read.problems else exits.NOTHING_READ
    return exits.FINDINGS if lacking else exits.CLEAN


class _Read(NamedTuple):
    """What there is to tell of."""

    world: World
    pods: tuple[Resource, ...]
    problems: tuple[InputError, ...]
    total: int


def _read(given: Namespace) -> _Read:
    stdin = sys.stdin.buffer if sys.stdin else None
    reading = read_paths(given.path, default_namespace=given.namespace or "default", stdin=stdin)
    for note in (*input_notes(reading), *last_counts(reading)):
        print(clean(f"note: {note}"), file=sys.stderr)
    base, pods = MeshSettings(), tuple(reading.snapshot.of_kind("Pod"))
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs
        from proxyless.cli.live_pods import pods_of  # noqa: PLC0415  likewise

        live = over_cluster(given, (), reading)
        reading, base = live.reading, base._replace(injector=live.injector)
        pods = (*pods, *pods_of(given))
        for note in live.notes:
            print(f"note: {note}", file=sys.stderr)
    settings, _, problems = own_kinds(reading, base)
    world = World(reading.snapshot, settings)
    return _Read(world, pods, (*reading.problems, *problems), reading.total)


def _found(read: _Read, namespace: str) -> list[PodState]:
    """Pods by namespace and workload, those that lack the agent first in each."""
    wanted: Iterable[Resource] = (item for item in read.pods if namespace in ("", item.namespace))
    worst = list(AgentState)
    return sorted(
        states(wanted, read.world),
        key=lambda item: (item.pod.namespace, item.workload.ref, worst.index(item.state), item.pod.name),
    )
