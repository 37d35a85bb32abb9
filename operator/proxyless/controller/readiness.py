"""What an operator replica still lacks, in words for whoever reads ``/readyz``. Computed anew at each question.

Ready: it has read the cluster and judged it once; a standby that does not write is ready, too. What only makes verdicts
poorer is told as degraded.
"""

from collections.abc import Iterator

from proxyless.adapters.store import NOT_YET
from proxyless.controller.replica import Replica
from proxyless.model.kinds import OWN_KINDS
from proxyless.process.readiness import report as told
from proxyless.process.watched import not_checked

INSTALL = "run kubectl apply -k crds/ (or -k manifests/ for all of it)"


def report(replica: Replica) -> tuple[bool, str]:
    """Whether it is ready, and one line for each reason."""
    return told(_missing(replica), _degraded(replica))


def _missing(replica: Replica) -> Iterator[tuple[str, str]]:
    if replica.connecting:
        yield "api-server", replica.connecting
        return
    kinds = replica.store.missing()
    waiting = [kind for kind, reason in kinds.items() if reason == NOT_YET]
    if waiting:
        why = f" ({replica.watch.trouble})" if replica.watch and replica.watch.trouble else ""
        yield "first list", f"of {', '.join(waiting)}{why}"
    elif replica.loop is None or replica.loop.judged is None or not replica.loop.judged.whole:
        yield "first pass", "still judging"
    for kind in sorted(OWN_KINDS & kinds.keys() - set(waiting)):
        yield kind, f"{kinds[kind]}; {INSTALL}"


def _of_agents(replica: Replica) -> Iterator[tuple[str, str]]:
    for name, part in (("events", replica.agents), ("repair", replica.repairs)):
        if part is not None and part.trouble:
            yield name, part.trouble


def _degraded(replica: Replica) -> Iterator[tuple[str, str]]:
    if replica.connecting:
        return
    kinds = replica.store.missing()
    for text in not_checked({kind: kinds[kind] for kind in kinds if kind not in OWN_KINDS and kinds[kind] != NOT_YET}):
        yield "not checked", text
    if replica.watch is not None and replica.watch.trouble:
        yield "watch", f"{replica.watch.trouble}; trying again"
    if replica.leading is not None and replica.leading.trouble:
        yield "lease", replica.leading.trouble
    yield from _of_agents(replica)
    yield from _itself(replica)
    if replica.writer is not None:
        for kind, reason in replica.writer.troubles.items():
            yield f"status of {kind}", reason
    if replica.loop is not None and replica.loop.judged is not None:
        for problem in replica.loop.judged.gathered.problems:
            yield "policy", str(problem)


def _itself(replica: Replica) -> Iterator[tuple[str, str]]:
    if replica.check is not None:
        for trouble in replica.check.troubles:
            yield trouble.reason.value, trouble.message
    if replica.report is not None and replica.report.trouble:
        yield "telling of it", replica.report.trouble
