"""``proxyless why-injected NAMESPACE/POD|FILE``: why a pod has the agent or has it not, and what to do for the other.

For files by the webhook's own decision; for a cluster the same beside what the pod that runs has, and what its mark says of its own injection.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from proxyless.adapters.files import read_paths
from proxyless.adapters.folders import STDIN
from proxyless.cli import exits
from proxyless.cli.argument_values import cluster_arguments
from proxyless.cli.inject import surroundings
from proxyless.cli.injecting import injections, settings_arguments, told
from proxyless.cli.workload_names import FORM, find, maker, namespace_in
from proxyless.errors import InputError
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.pod_states import PodState, states
from proxyless.lint.running import cure
from proxyless.lint.world import World
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.keys import MARK
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.workload import workload_of
from proxyless.model.resource import Resource, mapping
from proxyless.model.snapshot import Snapshot
from proxyless.report import text
from proxyless.report.wording import clean

_REMEDIES = {
    "not_asked": "label the pod template proxyless.dev/inject=true, or the namespace proxyless.dev/injection=enabled",
    "opted_out": 'remove proxyless.dev/inject: "false" from the pod template',
    "left_out_by_policy": "let the ProxylessPolicy say inject: true for these pods",
    "switched_off_for_istio": 'remove sidecar.istio.io/inject: "false", or label the pod template proxyless.dev/inject=true',
    "host_network": "remove hostNetwork (PX108)",
    "cut_out": "remove the annotation sidecar.istio.io/status (PX127)",
    "own_container": "remove the container istio-proxy, or write image: auto if it only carries settings",
    "duplicate_container": "keep one container istio-proxy",
    "other_template": "name grpc-agent alone in inject.istio.io/templates (PX119)",
    "framework": "set proxyless.dev/framework: grpc, if it is gRPC",
    "istio_not_selecting": "label the namespace so that Istio's injector selects the pod, or use mode own",
    "early_stub": "move the container istio-proxy from initContainers to containers, or use mode own",
    "no_room": "shorten the annotations",
    "ignored_namespace": "move it to another namespace",
    "malformed": "correct the field that is named",
}


def arguments(parser: ArgumentParser) -> None:
    """Whom to tell of."""
    add = parser.add_argument
    add(
        "name",
        metavar="FILE or NAMESPACE/POD",
        help=f"a file, - for standard input, or a pod or workload of the cluster: {FORM}",
    )
    cluster_arguments(parser)
    add("--namespace", "-n", default="default", help="namespace of a name or object without one; default: default")
    settings_arguments(parser)
    parser.set_defaults(path=[], filename=[])
    parser.epilog = (
        "Exit code 0: all that is told of has the agent or will get it; 1: something does not; 2 and 3 as elsewhere."
    )


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print the reason; exit code 1 where a workload gets no agent."""
    given = parser.parse_args(argv)
    is_file = given.name == STDIN or Path(given.name).exists()
    if not is_file and given.name.endswith((".yaml", ".yml", ".json")):
        raise InputError("no such file; give one that is there, or a workload of the cluster", where=given.name)
    given.filename = [given.name] if is_file else []
    given.cluster = given.cluster or not is_file
    stdin = sys.stdin.buffer if sys.stdin else None
    own = read_paths(given.filename, default_namespace=given.namespace, stdin=stdin)
    reading = surroundings(given, own, ())
    subjects, running = (own.snapshot, []) if is_file else _named(given, reading.snapshot)
    found, problems = injections(given, reading, subjects)
    problems = (*own.problems, *problems)
    for problem in problems:
        print(clean(text.problem(problem)), file=sys.stderr)
    for item in found:
        decision = item.made.injection.decision
        for line in told(item, own.texts, reading.snapshot):
            print(clean(line))
        if isinstance(decision, Skip) and decision.why in _REMEDIES:
            print(f"  to inject it: {_REMEDIES[decision.why]}")
    for state in running:
        _tell(state, World(reading.snapshot, MeshSettings(injector=True)))
    if problems:
        return exits.USAGE
    if not found:
        print(f"no workload in {given.name}; expected a Pod or an object that makes pods", file=sys.stderr)
        return exits.NOTHING_READ
    decisions = (item.made.injection.decision for item in found)
    return exits.CLEAN if all(isinstance(item, Inject) or item.done for item in decisions) else exits.FINDINGS


def _named(given: Namespace, snapshot: Snapshot) -> tuple[Snapshot, list[PodState]]:
    """The workload that a name means, and its pods that run.

    Raises:
        InputError: there is none of that name.
    """
    from proxyless.cli.live_pods import pods_of  # noqa: PLC0415  after the cluster was reached

    place = namespace_in(given.name) or given.namespace
    given.namespace = place
    pods = pods_of(given)
    whole = snapshot.overlay(*pods)
    owner = maker(given.name, whole, place)
    name = given.name.rpartition("/")[2]
    alone = next((item for item in pods if item.name == name), None)
    world = World(whole, MeshSettings(injector=True))
    if owner is not None:
        mine = [item for item in pods if item.name == name]
        return Snapshot([owner.resource]), list(states(mine, world))
    if alone is not None:
        return Snapshot([alone]), list(states([alone], world))
    workloads = [item for each in snapshot if (item := workload_of(each)) is not None]
    chosen = find(given.name, workloads, place)
    return Snapshot([chosen.resource]), [item for item in states(pods, world) if item.workload.ref == chosen.ref]


def _tell(state: PodState, world: World) -> None:
    """What a pod that runs has, beside what a new one would get."""
    note = f"; {state.note}" if state.note else ""
    how = f" (mode {state.mode}, xds {state.xds}, injected by proxyless {state.version})" if state.mode else ""
    print(clean(f"{state.pod.ref}: {state.state.value}{how}{note}"))
    if why := _mark(state.pod):
        print(clean(f"  when it was made: {why}"))
    if state.state.value in ("no agent", "envoy") and (remedy := cure(state.workload, world)[0]):
        print(clean(f"  do: {remedy}"))


def _mark(pod: Resource) -> str:
    """The reason that injection left on a pod; empty where there is none."""
    try:
        return str(mapping(json.loads(Pod(pod.body).annotation(MARK) or "{}")).get("why") or "")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{pod.ref}: the annotation {MARK} cannot be read: {error}") from error
