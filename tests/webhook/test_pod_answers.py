"""Answers that are given again are those that would be made, whatever changes around the pods."""

import base64
import copy
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inject.pods import PODS, SETTINGS, WISHES
from inject.test_likeness import IDS, TOKENS, made_for
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.surroundings import Wish
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.webhook import pod_answers
from proxyless.webhook.admit_pod import admit_pod
from proxyless.webhook.context import Context
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_answers import PodAnswers
from proxyless.webhook.review import AdmissionResponse, Review, parse, write
from webhook.served import Served
from webhook.wire import pod, review

SEEN = [
    Snapshot([Resource(Ref("Namespace", "", "shop"), {"metadata": {"name": "shop", "labels": labels}})])
    for labels in ({}, {"proxyless.dev/injection": "enabled"})
]
PLAIN, ENABLED, UNSEEN = *SEEN, Snapshot()
USUAL = InjectionSettings()


class Around:
    """What admission knows, with its parts to be changed one by one."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.context = Context()
        self.answers = PodAnswers(lambda: self.context, self.metrics)

    def know(self, seen: Snapshot, told: InjectionSettings = USUAL, wish: Wish | None = None) -> None:
        self.context = replace(Context(), snapshot=seen, injection=told, wish=lambda _name, _labels: wish)

    def ask(self, asked: Review) -> AdmissionResponse:
        """As the server does."""
        return self.answers.known(asked) or self.answers.make(asked)

    @property
    def repeated(self) -> float:
        return self.metrics.registry.get_sample_value("proxyless_admission_repeated_total") or 0


def asked_for(made: dict[str, Any], via: str = "pod") -> Review:
    return parse(orjson.dumps(review({**made, "apiVersion": "v1", "kind": "Pod"}, plural="pods")), via)


def shown(answer: AdmissionResponse) -> Any:
    """What the API server gets to see."""
    response = orjson.loads(write("u", answer))["response"]
    return {**response, "patch": orjson.loads(base64.b64decode(response.get("patch", "bnVsbA==")))}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    template=PODS,
    told=st.tuples(SETTINGS, SETTINGS),
    wish=st.tuples(WISHES, WISHES),
    rounds=st.lists(
        st.tuples(
            st.tuples(IDS, TOKENS, st.none()),
            st.sampled_from([PLAIN, ENABLED, UNSEEN]),
            st.integers(0, 1),
            st.integers(0, 1),
            st.sampled_from(["pod", "namespace"]),
        ),
        min_size=2,
        max_size=8,
    ),
)
def test_same_as_without_memory(template: Any, told: Any, wish: Any, rounds: list[Any]) -> None:
    here = Around()
    for parts, seen, which, by, via in rounds:
        here.know(seen, told[which], wish[by])
        asked = asked_for(made_for(template, *parts), via)
        assert shown(here.ask(asked)) == shown(admit_pod(asked, here.context).answer)


def test_pods_of_a_template_share_an_answer_until_something_changes() -> None:
    here = Around()
    here.know(ENABLED)
    for token in ("kube-api-access-aaaaa", "kube-api-access-bbbbb", "kube-api-access-ccccc"):
        assert here.ask(asked_for(made_for(pod(), {"uid": token}, token, None))).patched
    assert (here.repeated, len(here.answers)) == (2, 1)
    asked = asked_for(made_for(pod(), {"uid": "d"}, "kube-api-access-ddddd", None))
    here.know(PLAIN)
    assert not here.ask(asked).patched
    here.know(ENABLED)
    assert here.ask(asked).patched
    here.know(ENABLED, wish=Wish(inject=False))
    assert not here.ask(asked).patched
    here.know(ENABLED)
    assert here.ask(asked).patched
    here.know(ENABLED, InjectionSettings(network="net1"))
    assert b"net1" in base64.b64decode(orjson.loads(write("u", here.ask(asked)))["response"]["patch"])
    assert here.repeated == 2
    assert len(here.answers) == 1


def test_a_namespace_that_was_not_seen_is_what_the_path_says() -> None:
    here = Around()
    here.know(UNSEEN)
    assert [here.ask(asked_for(pod(), via)).patched for via in ("pod", "namespace", "pod")] == [False, True, False]
    assert here.repeated == 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Around()
    here.know(ENABLED)
    monkeypatch.setattr(pod_answers, "MOST", 100_000)
    for number in range(60):
        here.ask(asked_for(pod(labelled=f"n{number}")))
        here.ask(asked_for(pod(labelled="first")))
        assert here.answers.size <= 100_000
    assert 2 < len(here.answers) < 60
    assert here.repeated >= 59  # the one that is asked for often stays


def test_each_pod_that_stays_as_it_is_is_counted() -> None:
    here = Around()
    here.know(ENABLED)
    made = pod()
    made["metadata"]["annotations"] = {"proxyless.dev/inject": "true"}
    made["spec"]["hostNetwork"] = True
    for number in range(3):
        here.ask(asked_for(made_for(made, {"uid": str(number)}, "kube-api-access-aaaaa", None)))
    labels = {"reason": "host_network", "asked": "true"}
    assert here.metrics.registry.get_sample_value("proxyless_pods_not_injected_total", labels) == 3


def test_on_the_wire(served: Served) -> None:
    """Through the real server: the second pod's patch applies to the second pod, and an update is not taken for a creation."""
    wire = served.wire()
    before = served.count("proxyless_admission_repeated_total")
    results = []
    for token in ("kube-api-access-aaaaa", "kube-api-access-bbbbb"):
        made = made_for(pod("wire"), {"uid": token}, token, None)
        reply = wire.ask("/inject/namespace", review(made, plural="pods", uid=token))
        assert reply.response["uid"] == token
        results.append(reply.patched(copy.deepcopy(made)))
    assert served.count("proxyless_admission_repeated_total") == before + 1
    for result, token in zip(results, ("kube-api-access-aaaaa", "kube-api-access-bbbbb"), strict=True):
        assert {item["name"] for item in result["spec"]["containers"]} == {"app", "istio-proxy"}
        assert token in {item["name"] for item in result["spec"]["volumes"]}
    update = review(made, plural="pods", old=made, operation="UPDATE")
    assert wire.ask("/inject/namespace", update).response["allowed"]
    assert served.count("proxyless_admission_repeated_total") == before + 1
