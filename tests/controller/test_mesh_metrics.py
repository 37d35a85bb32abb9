"""Findings as metrics: by code, severity and namespace, and only where this replica writes."""

from datetime import UTC, datetime

from controller.worlds import Cluster, deployment, namespace, service, virtual_service
from proxyless.controller.gather import gather
from proxyless.controller.judge import Judged, judge
from proxyless.controller.mesh_metrics import MeshMetrics
from proxyless.controller.metrics import Metrics
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.webhook.metrics import Metrics as WebhookMetrics

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PROXYLESS = (namespace("shop", **{"istio-injection": "enabled"}), deployment("a"), service("a"))
MIRRORED = {"code": "PX502", "severity": "warning", "namespace": "shop"}


def judged(*bodies: dict[str, object]) -> Judged:
    return judge(ALL, gather(Cluster(*PROXYLESS, *bodies).store, MeshSettings(), NOW))


def test_findings_by_code_severity_and_namespace() -> None:
    metrics = Metrics()
    shown = MeshMetrics(metrics)
    value = metrics.registry.get_sample_value
    shown.show(judged(virtual_service("v", "a", mirror=True), virtual_service("w", "a", mirror=True)))
    assert value("proxyless_findings", MIRRORED) == 2
    assert value("proxyless_workloads", {"namespace": "shop"}) == 1
    shown.show(judged())
    assert value("proxyless_findings", MIRRORED) is None, "what is gone is not shown as it was"
    shown.show(None)
    assert value("proxyless_workloads", {"namespace": "shop"}) is None, "another replica writes"


def test_both_parts_show_their_process_and_what_was_built() -> None:
    for metrics in (Metrics(), WebhookMetrics()):
        value = metrics.registry.get_sample_value
        assert (value("process_resident_memory_bytes") or 0) > 1e6
        info = next(family for family in metrics.registry.collect() if family.name == "proxyless_build_info")
        assert [(sample.labels.keys(), sample.value) for sample in info.samples] == [({"version", "python"}, 1)]


def test_names_follow_the_conventions() -> None:
    """Counters end with _total as they are shown, times are in seconds, nothing else claims to be either."""
    for metrics in (Metrics(), WebhookMetrics()):
        for family in metrics.registry.collect():
            assert family.documentation.endswith("."), family.name
            samples = {sample.name for sample in family.samples}
            if family.type == "counter":
                assert all(name.endswith(("_total", "_created")) for name in samples), family.name
            else:
                assert not family.name.endswith("_total"), family.name
            assert not family.name.endswith(("_ms", "_milliseconds", "_minutes")), family.name
