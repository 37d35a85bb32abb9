"""Rights that we lack, and reviews that failed open, as an API server tells them. No cluster; ``controller`` tests ask a real one."""

from collections import Counter
from typing import Any, cast

import pytest

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.failed_open import FailedOpen
from proxyless.adapters.rights import Right, lacking
from proxyless.errors import ClusterError

LIST, WATCH = (Right("apps", "deployments", verb) for verb in ("list", "watch"))
STATUS = Right("proxyless.dev", "proxylessmeshes/status", "patch")


class Answers:
    """An API server with these rules, which grants some rights that it does not list, and these metrics."""

    def __init__(self, *rules: dict[str, Any], unlisted: tuple[Right, ...] = (), metrics: object = "") -> None:
        self.rules = rules
        self.unlisted = unlisted
        self.metrics = metrics

    def request(self, method: str, path: str, body: Any = None) -> Any:
        assert method in ("GET", "POST")
        if path == "/metrics":
            if isinstance(self.metrics, Exception):
                raise self.metrics
            return self.metrics
        if path.endswith("selfsubjectrulesreviews"):
            return {"status": {"resourceRules": list(self.rules), "incomplete": bool(self.unlisted)}}
        asked = body["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked["subresource"])))
        return {"status": {"allowed": Right(asked["group"], resource, asked["verb"]) in self.unlisted}}


def lacks(answers: Answers, *rights: Right) -> list[Right]:
    return lacking(cast("KubernetesApi", answers), rights, "default")


def rule(group: str, resource: str, *verbs: str, **more: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}


def test_what_a_rule_grants_is_there_and_the_rest_is_lacking() -> None:
    answers = Answers(rule("apps", "deployments", "list"), rule("proxyless.dev", "proxylessmeshes/status", "patch"))
    assert lacks(answers, LIST, WATCH, STATUS) == [WATCH]


@pytest.mark.parametrize("wide", [("*", "deployments", "*"), ("apps", "*", "watch")])
def test_wildcards_grant(wide: tuple[str, str, str]) -> None:
    assert lacks(Answers(rule(*wide)), WATCH) == []


def test_a_rule_for_single_objects_is_none_for_all() -> None:
    assert lacks(Answers(rule("apps", "deployments", "watch", resourceNames=["one"])), WATCH) == [WATCH]


def test_what_an_authorizer_cannot_list_is_asked_singly() -> None:
    assert lacks(Answers(unlisted=(WATCH, STATUS)), LIST, WATCH, STATUS) == [LIST]


def metrics(started: float, **counts: int) -> str:
    lines = [
        f'apiserver_admission_webhook_fail_open_count{{name="{name}.validate.proxyless.dev",type="validating"}} {count}'
        for name, count in counts.items()
    ]
    other = 'apiserver_admission_webhook_fail_open_count{name="of.others",type="admit"} 9'
    return "\n".join([*lines, other, f"process_start_time_seconds {started:g}", ""])


def test_only_what_is_new_failed_open() -> None:
    answers = Answers(metrics=metrics(1, strict=3))
    seen = FailedOpen(cast("KubernetesApi", answers))
    assert seen.look() == Counter(), "from before we looked"
    answers.metrics = metrics(1, strict=5, warn=1)
    assert seen.look() == {"strict.validate.proxyless.dev": 2, "warn.validate.proxyless.dev": 1}
    assert seen.look() == Counter()


def test_two_api_servers_behind_one_address_are_told_apart() -> None:
    answers = Answers(metrics=metrics(1, strict=3))
    seen = FailedOpen(cast("KubernetesApi", answers))
    for started, count, new in ((1, 3, 0), (2, 700, 0), (1, 3, 0), (2, 701, 1)):
        answers.metrics = metrics(started, strict=count)
        found = seen.look()
        assert found is not None
        assert found.total() == new


def test_all_of_an_api_server_that_started_after_us_is_new() -> None:
    answers = Answers(metrics=metrics(1, strict=3))
    seen = FailedOpen(cast("KubernetesApi", answers))
    seen.look()
    answers.metrics = metrics(9e9, strict=2)
    assert seen.look() == {"strict.validate.proxyless.dev": 2}


def test_metrics_that_may_not_be_read_say_nothing() -> None:
    assert FailedOpen(cast("KubernetesApi", Answers(metrics=ClusterError("no", status=403)))).look() is None
    with pytest.raises(ClusterError):
        FailedOpen(cast("KubernetesApi", Answers(metrics=ClusterError("away")))).look()
