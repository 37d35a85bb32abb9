"""Tables of metrics in ``docs/how-to/metrics.md``, read from the classes that declare them."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from prometheus_client import ProcessCollector

from generate.block import replaced
from proxyless.controller.metrics import Metrics as OperatorMetrics
from proxyless.webhook.metrics import Metrics as WebhookMetrics

ALERTS = Path(__file__).parents[2] / "manifests" / "monitoring" / "alerts.yaml"


def page(before: str) -> str:
    """The page with its tables up to date."""
    before = replaced(before, "alerts", "\n".join(_alerts()))
    text = replaced(before, "webhook-metrics", _table(WebhookMetrics()))
    return replaced(text, "operator-metrics", _table(OperatorMetrics()))


def _alerts() -> Iterator[str]:
    """The alerts of ``manifests/monitoring``."""
    yield "| alert | severity | after | meaning |"
    yield "|---|---|---|---|"
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["spec"]["groups"]:
        for rule in group["rules"]:
            text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"(\1)", rule["annotations"]["summary"])
            yield f"| `{rule['alert']}` | {rule['labels']['severity']} | {rule.get('for', 'at once')} | {text} |"


def _table(metrics: WebhookMetrics | OperatorMetrics) -> str:
    lines = ["| metric | labels | meaning |", "|---|---|---|"]
    for metric in metrics.registry._collector_to_names:
        if isinstance(metric, ProcessCollector):
            lines.append("| `process_*` | - | Processor time, memory, file descriptors and start of the process. |")
            continue
        kind = type(metric).__name__.lower()
        name = f"{getattr(metric, '_name', '')}{'_total' if kind == 'counter' else ''}"
        labels = ", ".join(f"`{label}`" for label in getattr(metric, "_labelnames", ())) or "-"
        lines.append(f"| `{name}` | {labels} | {getattr(metric, '_documentation', '')} ({kind}) |")
    return "\n".join(lines)
