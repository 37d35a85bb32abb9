"""The plan that the demo shows before anything else: its acts, when each begins, and what would make them begin earlier.

Pure but for reading the environment: `lab.demo.play` prints what it returns.
"""

from collections.abc import Mapping, Sequence

from lab.demo.needed import Act, Task
from lab.parts import ALWAYS
from lab.progress import about

LINTER = "what the linter foretells from the scenario's files"
_HOW = "(measured on 2 cores with nothing cached, downloads included)"
WORTH_ACTING = 60.0
"""Seconds of waiting for the last act from which the act on the API server alone is played in between."""
_PLAYED = {Act.API_SERVER: 30, Act.FAKE_PODS: 60, Act.NODE: 75}
"""Seconds that the acts themselves take, their clusters' start and end included."""


def between(tasks: Sequence[Task], last: Act) -> bool:
    """Whether the act on the API server alone is played: only where the last act is far away."""
    rest = sum(task.seconds for task in tasks if task.act is last)
    return last is not Act.API_SERVER and rest > WORTH_ACTING


def hints(tasks: Sequence[Task], environment: Mapping[str, str]) -> list[str]:
    """What somebody who has a cluster, or its binaries, need not wait for."""
    names = {task.name for task in tasks}
    found = []
    if names & set(ALWAYS) and not environment.get("KUBEBUILDER_ASSETS"):
        found.append(
            "Have etcd, kube-apiserver and kubectl, as setup-envtest fetches them? KUBEBUILDER_ASSETS=DIR make demo takes them."
        )
    if names:
        found.append(
            "Have a cluster with proxyless in it? make demo KUBECONFIG=FILE plays there and builds nothing but kubectl, if you have none."
        )
    return found


def lines(tasks: Sequence[Task], total: int, last: Act) -> list[str]:
    """The plan. `total` is the number of things that the demo needs in all, made or not."""
    play = _PLAYED[last]
    if not tasks:
        return [f"Plan: all {total} parts that it needs are there: {about(play)} in all. First {LINTER}, then {last}."]
    seconds = sum(task.seconds for task in tasks)
    early = sum(task.seconds for task in tasks if task.act is Act.API_SERVER)
    found = [
        f"Plan: {len(tasks)} of {total} parts that it needs are still to be made, which takes {about(seconds)} {_HOW}:",
        f"- at once: {LINTER};",
    ]
    if between(tasks, last):
        found.append(f"- {'in ' + about(early) if early else 'then'}: {Act.API_SERVER};")
        seconds += _PLAYED[Act.API_SERVER] / 2  # both go on at the same time, neither at full speed
    found.append(f"- in {about(seconds)}: {last}. That takes {about(play)}.")
    found.append("Ctrl-C at any time: what is made stays, and the next run goes on from there.")
    return found
