"""S3 (Dubbo) and S4 (Kitex) on the cluster: the steps that `tests/lint/scenarios` judges from files, applied as resources.

The same findings must come from the objects as the cluster holds them, at the apply, and as conditions. Their pods are
not started here: no image of theirs is needed to judge them.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from live_mesh import ALL_KINDS, KINDS, Mesh, lint_text

from lab.api import wait_until
from proxyless.model.finding import Severity

FOLDER = Path(__file__).parents[1] / "lint" / "scenarios"
_FINDING = re.compile(r"^# finding: (\w+) (PX\d{3}) (\w+) \S+/(\S+)$", re.MULTILINE)
ADMITTED = {*KINDS, "Service"}
"""Kinds whose author is answered at the apply."""


def objects(step: Path, ns: str) -> list[dict[str, Any]]:
    """What a step applies, in a namespace of the test's own, workloads first and without pods."""
    text = step.read_text()
    old = next(item["metadata"]["namespace"] for item in yaml.safe_load_all(text) if "namespace" in item["metadata"])
    found = list(yaml.safe_load_all(text.replace(f'"NAMESPACE": "{old}"', f'"NAMESPACE": "{ns}"')))
    for item in found:
        item["metadata"]["name" if item["kind"] == "Namespace" else "namespace"] = ns
        if item["kind"] == "Deployment":
            item["spec"]["replicas"] = 0
    order = {"Namespace": 0, "Deployment": 1}
    return sorted(found, key=lambda item: order.get(item["kind"], 2))


def live(mesh: Mesh, ns: str) -> set[tuple[str, str, str, str]]:
    """Findings on the namespace as the cluster holds it."""
    shown = mesh.cluster.kubectl("get", "-n", ns, "-o", "yaml", ALL_KINDS).stdout
    shown += "---\n" + mesh.cluster.kubectl("get", "-o", "yaml", "namespace", ns).stdout
    told = json.loads(lint_text(shown, "--istio=1.31", "--format=json")[0])["findings"]
    return {(item["severity"], item["code"], item["object"]["kind"], item["object"]["name"]) for item in told}


@pytest.mark.cluster
@pytest.mark.parametrize("scenario", ["s3", "s4"])
def test_framework(mesh: Mesh, scenario: str) -> None:
    ns = mesh.namespace(scenario, {})
    for step in sorted((FOLDER / scenario).glob("*.yaml")):
        expected = set(_FINDING.findall(step.read_text()))
        applied = objects(step, ns)
        mesh.must_apply(*applied)
        assert live(mesh, ns) == expected, step.name
        for item in applied:
            kind, name = item["kind"], item["metadata"]["name"]
            mine = {code for severity, code, *ref in expected if ref == [kind, name] and severity != Severity.INFO.word}
            if kind in ADMITTED:
                answered(mesh, item, mine)
            if kind in KINDS:
                condition = mesh.await_condition(kind, ns, name, "False" if mine else "True")
                assert all(code in condition["message"] for code in mine), condition


def answered(mesh: Mesh, item: dict[str, Any], codes: set[str]) -> None:
    """Wait until an apply of the object is answered by warnings with these codes and no others."""

    def told() -> set[str]:
        again = mesh.cluster.kubectl("replace", "--dry-run=server", "-f", "-", stdin=json.dumps(item))
        assert again.returncode == 0, again.stderr
        return set(re.findall(r"PX\d{3}", again.stderr))

    what = f"{', '.join(sorted(codes)) or 'no warning'} for {item['kind']} {item['metadata']['name']}"
    wait_until(what, lambda: told() >= codes if codes else not told(), timeout=20, every=0.5)
