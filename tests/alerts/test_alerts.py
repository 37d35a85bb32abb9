"""Each alert fires when it should and is gone again, evaluated by Prometheus' own engine (tests/lab/programs/promql)."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.parts import binary
from proxyless.controller.metrics import Metrics as OperatorMetrics
from proxyless.process.memory import MemoryLimit
from proxyless.webhook.metrics import Metrics as WebhookMetrics

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "manifests" / "monitoring" / "alerts.yaml"
STEP = 60
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases.yaml").read_text())


@cache
def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["spec"]["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def values(text: str) -> list[float | None]:
    """``0*3 1 _*2`` as numbers."""
    found: list[float | None] = []
    for part in text.split():
        value, _, times = part.partition("*")
        found += [None if value == "_" else float(value)] * int(times or 1)
    return found


def labels(series: str) -> dict[str, str]:
    name, _, rest = series.partition("{")
    return {"__name__": name, **dict(re.findall(r'(\w+)="([^"]*)"', rest))}


def evaluated(series: dict[str, str], query: str, *, stale: bool) -> list[list[dict[str, str]]]:
    """Label sets for which a query has a value, minute by minute."""
    document = {
        "step": STEP,
        "stale": stale,
        "series": [{"labels": labels(name), "values": values(text)} for name, text in series.items()],
        "queries": [query],
    }
    done = subprocess.run(
        [binary("promql")], input=json.dumps(document), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)
    found: list[list[dict[str, str]]] = answer
    return found


def firing(active: list[bool], seconds: int) -> list[int]:
    """Minutes in which an alert fires that is active in these: as long as `for` says without a break."""
    fires, since = [], None
    for minute, here in enumerate(active):
        since = (minute if since is None else since) if here else None
        if since is not None and (minute - since) * STEP >= seconds:
            fires.append(minute)
    return fires


def seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


@pytest.mark.cluster  # the lab builds the engine
@pytest.mark.parametrize("case", CASES, ids=[f"{at}-{case['alert']}" for at, case in enumerate(CASES)])
def test_it_fires_and_is_gone_again(case: dict[str, Any]) -> None:
    rule = alerts()[case["alert"]]
    vectors = evaluated(case["series"], rule["expr"], stale=case.get("stale", False))
    wanted = case["fires"]
    sets = {tuple(sorted(one.items())) for vector in vectors for one in vector}
    fires = {
        one: firing([dict(one) in vector for vector in vectors], seconds(rule.get("for", "0s"))) for one in sorted(sets)
    }
    first, last = wanted["minutes"]
    assert {one: minutes for one, minutes in fires.items() if minutes} == {
        tuple(sorted(wanted["labels"].items())): [*range(first, last + 1)]
    }


def test_every_alert_has_a_case_and_ends_in_one() -> None:
    assert alerts().keys() == {case["alert"] for case in CASES}
    assert len(alerts()) == RULES.read_text().count("- alert: "), "a name is given once"
    for name in alerts():
        ends = [
            case["fires"]["minutes"][1] < max(len(values(text)) for text in case["series"].values()) - 1
            for case in CASES
            if case["alert"] == name
        ]
        assert any(ends), f"{name} is never seen gone"


def test_alerts_speak_of_metrics_and_labels_that_there_are() -> None:
    known: dict[str, set[str]] = {}
    for metrics in (OperatorMetrics(), WebhookMetrics()):
        MemoryLimit(metrics.registry)  # as process.running adds it
        for metric in metrics.registry._collector_to_names:
            kept = set(getattr(metric, "_labelnames", ()))
            for name in metrics.registry._collector_to_names[metric]:
                known.setdefault(name, set()).update(kept | ({"le"} if name.endswith("_bucket") else set()))
    for name, rule in alerts().items():
        used = set(re.findall(r"proxyless_[a-z_]+", rule["expr"]))
        assert used <= known.keys(), name
        allowed = set().union(*(known[metric] for metric in used))
        grouped = {part.strip() for by in re.findall(r"by \(([^)]*)\)", rule["expr"]) for part in by.split(",")}
        matched = set(re.findall(r'[{,](\w+)=~?"', rule["expr"]))
        told = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        assert grouped | matched <= allowed, name
        assert told <= grouped, f"{name}: a text names a label that the alert has not"


def test_every_alert_says_what_and_what_to_do_and_how_bad() -> None:
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, name
        assert rule["annotations"].keys() == {"summary", "description"}, name
        assert rule["annotations"]["description"].endswith("."), name
