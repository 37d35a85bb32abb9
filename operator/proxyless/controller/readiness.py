"""What a replica still lacks, in words for whoever reads ``/readyz``. Computed anew at each question.

Ready: it has read the cluster and judged it once; a standby that does not write is ready, too. What only makes verdicts
poorer is told as degraded.
"""

from collections.abc import Iterator

from proxyless.adapters.store import NOT_YET
from proxyless.controller.replica import Replica
from proxyless.controller.statuses import OWN_KINDS

INSTALL = "run kubectl apply -k crds/ (or -k manifests/ for all of it)"


def report(replica: Replica) -> tuple[bool, str]:
    """Whether it is ready, and one line for each reason."""
    missing, degraded = list(_missing(replica)), list(_degraded(replica))
    lines = [
        "not ready" if missing else "ok",
        *(f"missing: {text}" for text in missing),
        *(f"degraded: {text}" for text in degraded),
    ]
    return not missing, "\n".join(lines)


def _missing(replica: Replica) -> Iterator[str]:
    if replica.connecting:
        yield f"api-server: {replica.connecting}"
        return
    kinds = replica.store.missing()
    waiting = [kind for kind, reason in kinds.items() if reason == NOT_YET]
    if waiting:
        why = f" ({replica.watch.trouble})" if replica.watch and replica.watch.trouble else ""
        yield f"first list: of {', '.join(waiting)}{why}"
    elif replica.loop is None or replica.loop.judged is None or not replica.loop.judged.whole:
        yield "first pass: still judging"
    for kind in sorted(OWN_KINDS & kinds.keys() - set(waiting)):
        yield f"{kind}: {kinds[kind]}; {INSTALL}"


def _degraded(replica: Replica) -> Iterator[str]:
    if replica.connecting:
        return
    for kind, reason in replica.store.missing().items():
        if kind not in OWN_KINDS and reason != NOT_YET:
            yield f"not checked: {kind}: {reason}"
    if replica.watch is not None and replica.watch.trouble:
        yield f"watch: {replica.watch.trouble}; trying again"
    if replica.leading is not None and replica.leading.trouble:
        yield f"lease: {replica.leading.trouble}"
    if replica.writer is not None:
        for kind, reason in replica.writer.troubles.items():
            yield f"status of {kind}: {reason}"
    if replica.loop is not None and replica.loop.judged is not None:
        for problem in replica.loop.judged.gathered.problems:
            yield str(problem)
