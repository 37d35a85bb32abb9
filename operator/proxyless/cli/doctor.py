"""``proxyless doctor``: what this machine and the cluster have of what proxyless needs, what fails, and the one remedy for each."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from proxyless.adapters import diagnosis
from proxyless.adapters.diagnosis import FAILS, Diagnosis
from proxyless.cli import exits, in_cluster
from proxyless.errors import ClusterError
from proxyless.report.wording import clean


def arguments(parser: ArgumentParser) -> None:
    """Which cluster."""
    in_cluster.arguments(parser)
    add = parser.add_argument
    add("--namespace", "-n", default="default", help="any namespace that you may look into; default: default")
    add("--no-cluster", action="store_true", help="look at this machine alone")
    add("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = "Exit code 0: nothing fails; 1: something does; 2 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Look, and print a line for each thing; exit code 1 where something fails."""
    given = parser.parse_args(argv)
    if given.no_cluster and (given.kubeconfig or given.context):
        parser.error("--no-cluster looks at no cluster: leave out --kubeconfig and --context")
    found = list(diagnosis.of_machine())
    if not given.no_cluster:
        try:
            with in_cluster.connected(given) as cluster:
                found += diagnosis.of_cluster(cluster, given.namespace)
        except ClusterError as error:
            found.append(
                Diagnosis(
                    "cluster",
                    FAILS,
                    str(error),
                    "kubectl cluster-info tells the same for kubectl; --no-cluster leaves it out.",
                )
            )
    if given.format == "json":
        print(json.dumps([item._asdict() for item in found], indent=2))
    else:
        for item in found:
            print(clean(f"{item.state:8}{item.topic}: {item.text}"))
            if item.remedy:
                print(clean(f"        fix: {item.remedy}"))
    failing = sum(item.state == FAILS for item in found)
    print(f"{failing} of {len(found)} fail" if failing else f"nothing of {len(found)} fails", file=sys.stderr)
    return exits.FINDINGS if failing else exits.CLEAN
