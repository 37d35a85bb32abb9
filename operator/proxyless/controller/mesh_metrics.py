"""Metrics of the mesh: findings, what is excused, proxyless workloads. Called before each scrape by ``controller.replica``.

Only the replica that writes shows them, so that sums over replicas are true.
"""

from collections import Counter

from proxyless.adapters.store import Store
from proxyless.controller.judge import Judged
from proxyless.controller.metrics import Metrics
from proxyless.lint.running import lacking
from proxyless.mesh.pod.running import Beside


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
        for ref, verdict in list(judged.verdicts.items()):  # a pass may add to them meanwhile
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

    def show_pods(self, judged: Judged | None, store: Store) -> None:
        """What runs in pods of proxyless workloads now; a pod that needs no agent and has none is left out."""
        self._metrics.agents.clear()
        if judged is None:
            return
        lack = lacking(judged.world)
        pods: Counter[tuple[str, str]] = Counter()
        for workload in judged.world.proxyless_workloads:
            for beside, number in store.pods_of(workload.ref).items():
                if beside is Beside.AGENT or workload.ref in lack:
                    pods[workload.namespace, STATES[beside]] += number
        for labels, number in pods.items():
            self._metrics.agents.labels(*labels).set(number)


STATES = {Beside.AGENT: "present", Beside.NOTHING: "missing", Beside.ENVOY: "envoy"}
"""Labels of the metric."""
