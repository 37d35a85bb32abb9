"""``proxyless streams``: running pods whose xDS streams cut each other off, by their agents' logs and metrics.

The linter foretells it from what pods say of themselves (PX109); this sees it happen, whatever they say.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from proxyless.cli import exits, in_cluster, workload_names
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules.px109_several_xds_streams import RULE, remedy
from proxyless.lint.world import World
from proxyless.matrix.query import load
from proxyless.mesh.flapping import flaps, words
from proxyless.mesh.workload import workload_of
from proxyless.model.client import Client, Framework, Language
from proxyless.model.finding import Finding, Report
from proxyless.model.resource import resource
from proxyless.report import json_v1, text
from proxyless.report.wording import clean, counted

if TYPE_CHECKING:
    from proxyless.adapters.agents import Agent
    from proxyless.adapters.cluster import KubernetesApi

_LONGEST = 3600.0
_WHO = ("Namespace", "ProxylessMesh", "ProxylessPolicy")
"""Kinds that say which library a pod has, beside the pod itself."""


def arguments(parser: ArgumentParser) -> None:
    """Which cluster, which pods, how far back."""
    add = parser.add_argument
    add(
        "workload",
        nargs="?",
        default="",
        metavar="WORKLOAD",
        help=f"only its pods: {workload_names.FORM}; default: all",
    )
    add("--namespace", "-n", default="", help="only pods of this namespace; default: all namespaces")
    add(
        "--since",
        type=_seconds,
        default=300.0,
        metavar="SECONDS",
        help="how far back to read logs, in seconds (default: 300)",
    )
    in_cluster.arguments(parser)
    add("--format", choices=("text", "json"), default="text", help="default: text")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print a finding for each pod that flaps; exit code 1 where there is one, 3 where no agent runs."""
    given = parser.parse_args(argv)
    with in_cluster.connected(given) as cluster:
        from proxyless.adapters.agents import agents  # noqa: PLC0415  the API client is an extra

        only, namespace = None, given.namespace
        if given.workload:
            chosen = in_cluster.running(cluster, given.workload, given.namespace)
            only, namespace = {pod["metadata"]["name"] for pod in chosen.pods}, chosen.workload.namespace
        world = _world(cluster)
        found: list[Finding] = []
        read = unread = 0
        for agent in agents(cluster, namespace, seconds=given.since, now=datetime.now(UTC), only=only):
            read += 1
            unread += agent.signs.closed is None and agent.signs.cancelled is None
            for missing in agent.missing:
                print(f"note: {agent.ref}: not read: {clean(missing)}", file=sys.stderr)
            client = _client(world, agent)
            if flaps(agent.signs, client.language):
                found.append(_finding(agent, client))
    if given.format == "json":
        sys.stdout.write(json_v1.dumps(_document(found, read)))
    else:
        sys.stdout.write(text.text(found))
    told = f", {counted(unread, 'agent')} could not be read" if unread else ""
    print(
        f"{counted(len(found), 'pod')} with streams that cut each other off, of {read} with an agent{told}.",
        file=sys.stderr,
    )
    if unread or not read:
        return exits.USAGE if unread else exits.NOTHING_READ
    return exits.FINDINGS if found else exits.CLEAN


def _document(found: Sequence[Finding], agents: int) -> dict[str, Any]:
    return json_v1.document(Report(tuple(found), checked=agents), files=0, objects=agents, ignored=0, problems=())


def _world(cluster: "KubernetesApi") -> World:
    """What is said of libraries outside the pods."""
    from proxyless.adapters import policies  # noqa: PLC0415  needs pydantic, and the cluster
    from proxyless.adapters.listing import read_once  # noqa: PLC0415

    snapshot = read_once(cluster, _WHO).snapshot()
    return World(snapshot, policies.settings_from(policies.read(snapshot), MeshSettings()))


def _client(world: World, agent: "Agent") -> Client:
    said = {
        key: value for key, value in agent.pod["metadata"].items() if key != "ownerReferences"
    }  # else its owner speaks
    item = resource({"apiVersion": "v1", "kind": "Pod", "metadata": said, "spec": agent.pod.get("spec")})
    workload = workload_of(item) if item else None
    return world.client_of(workload) if workload else Client(Framework.GRPC, None, None)


def _finding(agent: "Agent", client: Client) -> Finding:
    harm = "a target whose first stream is cut stays dead"
    if client.language is None:
        harm = "calls fail at start and configuration goes stale, with Go " + harm
    elif client.language is not Language.GO:
        harm = "calls fail at start and configuration goes stale"
    return Finding(
        RULE.code,
        RULE.slug,
        RULE.severity,
        agent.ref,
        (),
        f"Its agent closed an xDS stream for another one: {words(agent.signs)}. The agent serves one at a time: {harm}.",
        remedy(client, load()),
        evidence=RULE.evidence,
    )


def _seconds(argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= _LONGEST:
        raise ArgumentTypeError(f"{argument!r}: expected seconds from 1 to {_LONGEST:.0f}")
    return seconds
