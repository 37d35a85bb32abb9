"""Helpers that tests of alerts and of the dashboard share: Prometheus' own engine, and the metrics that there are."""

import json
import re
import subprocess
from collections.abc import Iterator

from prometheus_client import ProcessCollector

from lab.parts import binary
from proxyless.controller.metrics import Metrics as OperatorMetrics
from proxyless.process.memory import MemoryLimit
from proxyless.webhook.metrics import Metrics as WebhookMetrics

STEP = 60
"""Seconds between two samples."""


def values(text: str) -> list[float | None]:
    """``0*3 1 _*2`` as numbers."""
    found: list[float | None] = []
    for part in text.split():
        value, _, times = part.partition("*")
        found += [None if value == "_" else float(value)] * int(times or 1)
    return found


def labels(series: str) -> dict[str, str]:
    """Labels of a series as it is written."""
    name, _, rest = series.partition("{")
    return {"__name__": name, **dict(re.findall(r'(\w+)="([^"]*)"', rest))}


def evaluated(series: dict[str, str], *queries: str, stale: bool = False) -> list[list[list[dict[str, str]]]]:
    """Label sets for which each query has a value, minute by minute."""
    document = {
        "step": STEP,
        "stale": stale,
        "series": [{"labels": labels(name), "values": values(text)} for name, text in series.items()],
        "queries": queries,
    }
    done = subprocess.run(
        [binary("promql")], input=json.dumps(document), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: list[list[list[dict[str, str]]]] = json.loads(done.stdout)
    return answer


def known() -> dict[str, set[str]]:
    """Labels of every metric that the two processes serve, by name."""
    found: dict[str, set[str]] = {}
    for metrics in (OperatorMetrics(), WebhookMetrics()):
        MemoryLimit(metrics.registry)  # as process.running adds it
        found |= dict(_names(metrics))
    return found


def _names(metrics: OperatorMetrics | WebhookMetrics) -> Iterator[tuple[str, set[str]]]:
    for metric, names in metrics.registry._collector_to_names.items():
        if isinstance(metric, ProcessCollector):
            yield from ((sample.name, set()) for family in metric.collect() for sample in family.samples)
        kept = set(getattr(metric, "_labelnames", ()))
        for name in names:
            yield name, kept | ({"le"} if name.endswith("_bucket") else set())
