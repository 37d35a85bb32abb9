"""``proxyless run operator``: one replica as a process, or the removal of all that it wrote."""

import logging
from collections.abc import Sequence
from functools import partial

from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller import options
from proxyless.controller.cleanup import remove_conditions
from proxyless.controller.options import Options
from proxyless.controller.readiness import report
from proxyless.controller.replica import Replica
from proxyless.errors import ClusterError
from proxyless.process import logs, running
from proxyless.process.running import Part

log = logging.getLogger(__name__)

_DEADLINE = 1.8
"""Seconds from the signal to the end of the process, even if a call to the API server hangs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until a signal and returns the exit code, see ``process.running``.

    With ``--remove-conditions``: 0 where all were removed, else 1.
    """
    chosen = options.read(argv)
    if chosen.remove_conditions:
        logs.set_up(chosen.log_level, chosen.log_format)
        return _remove_conditions()
    return running.run(lambda: _part(chosen), chosen, within=_DEADLINE)


def _part(chosen: Options) -> Part:
    replica = Replica(chosen)
    return Part(
        run=replica.run,
        registry=replica.metrics.registry,
        ready=partial(report, replica),
        measure=replica.measure,
    )


def _remove_conditions() -> int:
    try:
        cluster = KubernetesApi.connect()
    except ClusterError as error:
        log.error("%s", error)  # noqa: TRY400  the message is the whole story
        return 1
    removed, failures = remove_conditions(cluster)
    for failure in failures:
        log.error("not removed: %s", failure)
    log.info("removed %s conditions", removed)
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
