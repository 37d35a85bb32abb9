"""What is told of proxyless itself: once when it begins, once when it is over, by the one that leads. No cluster."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from controller.worlds import Cluster, namespace
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.webhookconfig import MUTATING, Configuration
from proxyless.controller.leading import Leading
from proxyless.controller.metrics import Metrics
from proxyless.controller.self_check import SelfCheck
from proxyless.controller.self_report import SelfReport
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref
from proxyless.model.trouble import Reason, Trouble
from proxyless.report.self_health import condition

NOW = datetime(2026, 11, 30, tzinfo=UTC)
GONE = Trouble(Reason.CONFIGURATION_MISSING, "it is gone")
OPEN = Trouble(Reason.FAILED_OPEN, "two passed")
BODY = {
    "metadata": {"name": "ours", "uid": "1", "resourceVersion": "7", "labels": {"a": "b"}, "managedFields": [{}]},
    "webhooks": [{"name": "w", "clientConfig": {"caBundle": "Zm9v"}}],
}


class Api:
    """An API server with one ProxylessMesh or none, that remembers what was written."""

    def __init__(self, *, mesh: bool = True, may_create: bool = False) -> None:
        foreign = {"type": "Accepted", "status": "True"}
        metadata = {"name": "default", "uid": "u", "resourceVersion": "1", "generation": 2}
        self.mesh: dict[str, Any] | None = {"metadata": metadata, "status": {"conditions": [foreign]}} if mesh else None
        self.may_create = may_create
        self.events: list[dict[str, Any]] = []
        self.patched = 0
        self.created: list[dict[str, Any]] = []
        self.writes = 0

    def get(self, ref: Ref) -> dict[str, Any]:
        if self.mesh is None:
            raise ClusterError(f"no {ref}", status=404)
        return {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", **self.mesh}

    def patch_status(self, _: Ref, status: Mapping[str, Any], *, version: str) -> None:
        assert self.mesh is not None
        assert version == "1"
        self.writes += 1
        self.mesh["status"] = dict(status)

    def request(self, method: str, path: str, body: Any = None, *, content: str = "") -> Any:
        if path.endswith("selfsubjectrulesreviews"):
            return {"status": {}}
        if path.endswith("selfsubjectaccessreviews"):
            return {"status": {"allowed": self.may_create}}
        if "/events" in path:
            return self._event(method, body, content)
        assert method == "POST"
        self.created.append(body)
        return body

    def _event(self, method: str, body: Any, content: str) -> Any:
        if method == "PATCH":
            assert "merge-patch" in content
            self.patched += 1
            return body
        if any(known["metadata"]["name"] == body["metadata"]["name"] for known in self.events):
            raise ClusterError("there is one", status=409)
        self.events.append(body)
        return body

    @property
    def healthy(self) -> dict[str, Any]:
        assert self.mesh is not None
        entries: list[dict[str, Any]] = self.mesh["status"]["conditions"]
        assert entries[0] == {"type": "Accepted", "status": "True"}, "those of others stay"
        (found,) = entries[1:]
        return found


def made(api: Api, **labels: Any) -> tuple[SelfReport, SelfCheck]:
    place = namespace("home")
    place["metadata"].update(labels)
    store, metrics, there = Cluster(place).store, Metrics(), cast("KubernetesApi", api)
    check = SelfCheck(there, store, configurations=(), namespace="home", metrics=metrics)
    leading = cast("Leading", None)
    return SelfReport(there, store, check=check, leading=leading, namespace="home", metrics=metrics), check


def test_each_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    api = Api()
    report, _ = made(api)
    for troubles in ((GONE,), (GONE,), (GONE, OPEN), (), ()):
        report.tell(troubles)
    told = [(item["type"], item["reason"]) for item in api.events]
    assert told[:2] == [("Warning", "WebhookConfigurationMissing"), ("Warning", "ReviewsFailedOpen")]
    assert sorted(told[2:]) == [("Normal", "ReviewsFailedOpenOver"), ("Normal", "WebhookConfigurationMissingOver")]
    assert {item["involvedObject"]["kind"] for item in api.events} == {"ProxylessMesh"}
    assert {item["metadata"]["namespace"] for item in api.events} == {"default"}
    report.tell((GONE,))
    assert (len(api.events), api.patched) == (4, 1), "the same Event, once more"


def test_the_condition_names_the_worst_and_is_written_only_where_it_differs() -> None:
    api = Api()
    report, _ = made(api)
    report.tell((OPEN, GONE))
    assert (api.healthy["status"], api.healthy["reason"]) == ("False", "WebhookConfigurationMissing")
    assert api.healthy["message"] == "it is gone; two passed"
    since = api.healthy["lastTransitionTime"]
    report.tell((OPEN, GONE))
    assert (api.writes, api.healthy["lastTransitionTime"]) == (1, since)
    report.tell(())
    assert (api.healthy["status"], api.healthy["observedGeneration"], api.writes) == ("True", 2, 2)


def test_without_a_mesh_events_stand_on_our_namespace() -> None:
    api = Api(mesh=False)
    report, _ = made(api)
    report.tell((GONE,))
    (told,) = api.events
    assert told["involvedObject"]["kind"] == "Namespace"
    assert told["metadata"]["namespace"] == "home"


def test_an_api_server_that_was_away_is_told_once_it_is_back() -> None:
    api = Api()
    report, _ = made(api)
    report.tell((Trouble(Reason.API_SERVER, "away"),))
    assert api.events == []
    report.tell(())
    assert [item["reason"] for item in api.events] == ["ApiServerUnreachableOver"]


@pytest.mark.parametrize(
    ("may_create", "labels", "restored"),
    [(True, {}, 1), (False, {}, 0), (True, {"deletionTimestamp": "2026-11-30T00:00:00Z"}, 0)],
    ids=["the right was given", "it was not", "an uninstall"],
)
def test_a_configuration_comes_back_where_the_installer_gave_the_right(
    may_create: bool, labels: dict[str, Any], restored: int
) -> None:
    api = Api(may_create=may_create)
    report, check = made(api, **labels)
    check.configurations[MUTATING, "ours"] = Configuration(MUTATING, "ours", "7", (), BODY)
    check.missing = {(MUTATING, "ours"), (MUTATING, "never seen")}
    report.tell((GONE,))
    assert len(api.created) == restored
    if restored:
        assert api.created[0] == {**BODY, "metadata": {"name": "ours", "labels": {"a": "b"}}}


def test_the_condition_is_true_where_nothing_is_wrong() -> None:
    assert condition((), None, None, NOW) == {
        "type": "Healthy",
        "status": "True",
        "reason": "Healthy",
        "message": "proxyless itself works.",
        "lastTransitionTime": "2026-11-30T00:00:00Z",
    }
