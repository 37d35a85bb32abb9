"""``proxyless status``: a cluster on one screen, once or again and again.

Versions, who injects where, workloads and their pods with and without agent, the worst findings by namespace, and what is not
judged and why. Reads the cluster as ``lint --cluster`` does.
"""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from proxyless.adapters.files import read_paths
from proxyless.cli import exits, in_cluster
from proxyless.cli.lint import own_kinds
from proxyless.cli.table import columns
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.overview import overview
from proxyless.lint.pod_states import states, workload_behind
from proxyless.lint.world import World
from proxyless.mesh.flapping import flaps
from proxyless.model.resource import Ref, resource
from proxyless.report import status_v1, text

if TYPE_CHECKING:
    from proxyless.adapters.cluster import KubernetesApi

_CLEAR = "\x1b[H\x1b[2J"
"""Empties a terminal."""
_SINCE = 300.0
"""Seconds of agents' logs that are read."""
_SHORTEST, _LONGEST = 1.0, 3600.0


def arguments(parser: ArgumentParser) -> None:
    """Which cluster, which part of it, how often."""
    add = parser.add_argument
    in_cluster.arguments(parser)
    add("--namespace", "-n", default="", help="only this namespace; default: all")
    add(
        "--watch",
        nargs="?",
        type=_seconds,
        const=5.0,
        metavar="SECONDS",
        help="show it again after so many seconds, until interrupted (5); with json one document a line",
    )
    add(
        "--streams",
        action="store_true",
        help="also look into logs and metrics of agents for streams that cut each other off",
    )
    add("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = "Exit code 0: no errors and all pods have their agent; 1: there are some; 2 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Read, judge, print; with ``--watch`` until interrupted."""
    given = parser.parse_args(argv)
    given.path = []
    while True:
        values, code = _look(given)
        if given.format == "json":
            sys.stdout.write(status_v1.dumps(values, line=given.watch is not None))
        else:
            if given.watch is not None and sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
            sys.stdout.write(_screen(values))
        sys.stdout.flush()
        if given.watch is None:
            return code
        time.sleep(given.watch)


def _look(given: Namespace) -> tuple[dict[str, Any], int]:
    from proxyless.cli.live import over_cluster  # noqa: PLC0415  help needs no API client
    from proxyless.cli.live_pods import pods_of  # noqa: PLC0415  likewise
    from proxyless.lint.engine import run as judge  # noqa: PLC0415  likewise, and all rules
    from proxyless.lint.rules import ALL  # noqa: PLC0415

    live = over_cluster(given, ALL, read_paths([]))
    settings, selection, problems = own_kinds(live.reading, MeshSettings(injector=live.injector))
    world = World(live.cluster, settings)
    not_read = [note.removeprefix("not checked: ") for note in live.notes]
    flapping = None
    with in_cluster.connected(given) as cluster:
        kubernetes = str(cluster.request("GET", "/version").get("gitVersion", ""))
        if given.streams:
            flapping, unread = _flapping(cluster, world, given.namespace)
            not_read += unread
    report = judge(ALL, world, live.cluster, selection._replace(now=datetime.now(UTC)))
    found = overview(world, report, states(pods_of(given), world), given.namespace, flapping)
    istio = str(settings.istio) if settings.istio is not None else None
    about = {"server": live.server, "kubernetes": kubernetes, "istio": istio}
    told = [*not_read, *(text.problem(item) for item in problems)]
    values = status_v1.document(found, about, told, seen=given.streams)
    totals = values["totals"]
    return values, exits.FINDINGS if totals["findings"]["error"] or totals["lacking"] else exits.CLEAN


def _flapping(cluster: "KubernetesApi", world: World, namespace: str) -> tuple[set[Ref], list[str]]:
    """Workloads of which an agent closed streams for others in the last minutes, and agents that could not be read."""
    from proxyless.adapters.agents import agents  # noqa: PLC0415  the API client is an extra

    found: set[Ref] = set()
    unread: list[str] = []
    for agent in agents(cluster, namespace, seconds=_SINCE, now=datetime.now(UTC)):
        unread += [f"{agent.ref}: {reason}" for reason in agent.missing] if len(agent.missing) > 1 else []
        item = resource({"apiVersion": "v1", "kind": "Pod", **agent.pod})
        workload = workload_behind(item, world) if item is not None else None
        language = world.client_of(workload).language if workload is not None else None
        if flaps(agent.signs, language):
            found.add(workload.ref if workload is not None else agent.ref)
    return found, unread


def _screen(values: dict[str, Any]) -> str:
    parts = [status_v1.head(values)]
    if values["namespaces"]:
        parts.append(columns(status_v1.HEADS, status_v1.rows(values)) + "\n")
    parts.append(status_v1.foot(values))
    return "\n".join(filter(None, parts))


def _seconds(argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ArgumentTypeError(f"{argument!r}: expected seconds from {_SHORTEST:.0f} to {_LONGEST:.0f}")
    return seconds
