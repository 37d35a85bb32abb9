"""Meshes that use what no gRPC client can do, for hosts that no proxyless client calls: no finding, whatever is in them."""

from pathlib import Path

import pytest

from lint.rule_cases import Case
from proxyless.lint.rules import ALL

CORPUS = sorted((Path(__file__).parent / "clean").glob("*.yaml"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_no_rule_fires_where_nothing_proxyless_is_concerned(path: Path) -> None:
    report = Case("clean", path.name, path.read_text()).report(ALL)
    assert [f"{item.code} {item.ref}: {item.message}" for item in report.findings] == []
    assert [notice for notice in report.notices if notice.internal] == []


def test_the_same_mesh_is_full_of_findings_once_it_is_proxyless() -> None:
    text = "\n---\n".join(path.read_text() for path in CORPUS)
    report = Case("clean", "assumed", "# world: assume declared=shop\n" + text).report(ALL)
    assert len({item.code for item in report.findings}) > 30
