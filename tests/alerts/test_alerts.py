"""Each alert fires when it should and is gone again, evaluated by Prometheus' own engine (tests/lab/programs/promql)."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.engine import STEP, evaluated, known, values

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RULES = ROOT / "manifests" / "monitoring" / "alerts.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases.yaml").read_text())


@cache
def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["spec"]["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


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
    (vectors,) = evaluated(case["series"], rule["expr"], stale=case.get("stale", False))
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
    there = known()
    for name, rule in alerts().items():
        used = set(re.findall(r"proxyless_[a-z_]+", rule["expr"]))
        assert used <= there.keys(), name
        allowed = set().union(*(there[metric] for metric in used))
        grouped = {part.strip() for by in re.findall(r"by \(([^)]*)\)", rule["expr"]) for part in by.split(",")}
        matched = set(re.findall(r'[{,](\w+)=~?"', rule["expr"]))
        told = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        assert grouped | matched <= allowed, name
        assert told <= grouped, f"{name}: a text names a label that the alert has not"


def test_every_alert_says_what_and_what_to_do_and_how_bad() -> None:
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, name
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}, name
        assert rule["annotations"]["description"].endswith("."), name


def test_every_alert_links_to_a_section_of_its_own_that_says_what_to_do() -> None:
    for name, rule in alerts().items():
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert f"{page.removeprefix('docs/')}\n" in (ROOT / "mkdocs.yml").read_text(), f"{page} is on the site"
        sections = (ROOT / page).read_text(encoding="utf-8").split("\n## ")[1:]
        (section,) = [item for item in sections if item.partition("\n")[0].lower() == anchor]
        assert section.startswith(f"{name}\n")
        assert re.search(r"\n\n```sh\n(.+\n)+```\n\n\S", section), f"{name}: commands, and then what to do"
    assert len(sections) == len(alerts()), "no section without an alert"
