"""The Grafana dashboard asks for metrics and labels that there are, and is what Grafana and its sidecar read."""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.engine import evaluated, known
from lab.parts import binary

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "manifests" / "monitoring"
DASHBOARD: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel, target) for panel in PANELS for target in panel["targets"]]
VALUES = {
    "namespace": ["shop"],
    "state": ["present", "missing", "envoy"],
    "severity": ["error", "warning"],
    "le": ["1", "+Inf"],
}
"""Of labels that queries compare, or that their functions need."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def served() -> Iterator[tuple[str, str]]:
    """Each metric with every label, as two processes serve it for 20 minutes: what counts grows, what is yes or no is no."""
    for name, names in known().items():
        kept = sorted(names)
        for chosen in product(*(VALUES.get(label, [f"some {label}"]) for label in kept)):
            told = ", ".join(f'{label}="{value}"' for label, value in zip(["pod", *kept], ["p", *chosen], strict=True))
            yield f"{name}{{{told}}}", "0*20" if name == "proxyless_kind_complete" else " ".join(map(str, range(20)))


@pytest.mark.cluster  # the lab builds the engine
def test_every_query_has_an_answer_with_the_labels_that_its_legend_names() -> None:
    expressions = [target["expr"].replace("$namespace", "shop") for _, target in QUERIES]
    answers = evaluated(dict(served()), *expressions)
    for (panel, target), vectors in zip(QUERIES, answers, strict=True):
        where = f"{panel['title']}: {target['expr']}"
        assert vectors[-1], where
        wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert all(wanted <= found.keys() for found in vectors[-1]), where
        assert wanted or panel["type"] == "table" or len(vectors[-1]) == 1, f"{where}: lines that look alike"


def test_queries_speak_of_metrics_and_labels_that_there_are() -> None:
    there = known()
    for panel, target in QUERIES:
        used = set(re.findall(r"(?:proxyless|process)_[a-z_]+", target["expr"]))
        assert used, panel["title"]
        assert used <= there.keys(), panel["title"]
        allowed = set().union(*(there[metric] for metric in used))
        grouped = {part.strip() for by in re.findall(r"by \(([^)]*)\)", target["expr"]) for part in by.split(",")}
        matched = set(re.findall(r'[{,] ?(\w+)=~?"', target["expr"]))
        assert grouped | matched <= allowed, panel["title"]
    (variable,) = [item for item in DASHBOARD["templating"]["list"] if item["type"] == "query"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()  # type: ignore[union-attr]
    assert label in there[metric]


def test_every_metric_of_the_mesh_and_of_trouble_is_shown() -> None:
    shown = " ".join(target["expr"] for _, target in QUERIES)
    alerts = (MONITORING / "alerts.yaml").read_text(encoding="utf-8")
    for name in ("proxyless_findings", "proxyless_agents", "proxyless_workloads", "proxyless_self_trouble"):
        assert name in alerts + shown
        assert name in shown


def test_structure_is_what_grafana_imports() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert (DASHBOARD["uid"], DASHBOARD["title"]) == ("proxyless", "proxyless")
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = set(product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
    for panel, target in QUERIES:
        assert panel["type"] in {"stat", "timeseries", "table"}
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == target["datasource"] == SOURCE, "whose name is the reader's to choose"
    for panel in PANELS:
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


@pytest.mark.cluster  # the lab brings kubectl
def test_the_component_builds_and_holds_the_dashboard_where_the_sidecar_looks(tmp_path: Path) -> None:
    (tmp_path / "manifests").symlink_to(ROOT / "manifests")
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(
        "resources: [../manifests/base]\ncomponents: [../manifests/monitoring]\n", encoding="utf-8"
    )
    built = subprocess.run(
        [binary("kubectl"), "kustomize", str(overlay)], capture_output=True, text=True, timeout=60, check=False
    )
    assert built.returncode == 0, built.stderr
    (found,) = [
        item
        for item in yaml.safe_load_all(built.stdout)
        if item["kind"] == "ConfigMap" and item["metadata"].get("labels", {}).get("grafana_dashboard") == "1"
    ]
    assert (found["metadata"]["namespace"], found["metadata"]["name"]) == ("proxyless-system", "proxyless-dashboard")
    assert json.loads(found["data"]["proxyless.json"]) == DASHBOARD
