"""Metrics of the mesh: findings, what is excused, proxyless workloads. Called before each scrape by ``controller.replica``.

Only the replica that writes shows them, so that sums over replicas are true.
"""

from collections import Counter

from proxyless.controller.judge import Judged
from proxyless.controller.metrics import Metrics


class MeshMetrics:
    """Shows one result; recomputed only when there is another."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._shown: Judged | None = None

    def show(self, judged: Judged | None) -> None:
        """What was judged; None where another replica writes or nothing was judged yet."""
        if judged is self._shown:
            return
        self._shown = judged
        for gauge in (self._metrics.findings, self._metrics.excused, self._metrics.workloads):
            gauge.clear()
        if judged is None:
            return
        findings: Counter[tuple[str, str, str]] = Counter()
        excused: Counter[str] = Counter()
        for ref, verdict in judged.verdicts.items():
            findings.update((item.code, item.severity.word, ref.namespace) for item in verdict.findings)
            if verdict.suppressed:
                excused[ref.namespace] += len(verdict.suppressed)
        for labels, count in findings.items():
            self._metrics.findings.labels(*labels).set(count)
        for namespace, count in excused.items():
            self._metrics.excused.labels(namespace).set(count)
        workloads = Counter(workload.namespace for workload in judged.world.proxyless_workloads)
        for namespace, count in workloads.items():
            self._metrics.workloads.labels(namespace).set(count)
