"""What the policy makes of a pod is what the webhook makes of it, on a real API server; where the webhook does not delegate, nothing.

200 pods, ``PROXYLESS_LONG=1``: 10,000; ``PROXYLESS_EXAMPLES=1000`` as many as that. The policy leaves pods to the webhook that CEL cannot judge; how many is bounded here.
In the test, and only there, its ``failurePolicy`` is Fail, so that a failed evaluation shows.
"""

import copy
import json
import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import jsonpatch
import pytest

from export.drawn_pods import SPACES, Body, pod
from lab.api import Api, wait_until
from lab.controlplane import ControlPlane
from lab.errors import ApiError
from proxyless.export.delegation import NAME, OPTED_IN, binding, policy
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.surroundings import Namespace

PODS = int(os.environ.get("PROXYLESS_EXAMPLES") or (10_000 if os.environ.get("PROXYLESS_LONG") else 200))
POLICIES = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
BINDINGS = POLICIES.replace("policies", "policybindings")
PLAIN: Body = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "echo"},
    "spec": {"containers": [{"name": "echo", "image": "echo:1"}], "automountServiceAccountToken": False},
}


class Rooms(NamedTuple):
    """Namespaces where the policy holds, each with its labels, and one where it does not."""

    api: Api
    bound: tuple[tuple[str, dict[str, str]], ...]
    free: str

    def made(self, namespace: str, body: Body) -> Body | None:
        """The pod as it would be stored; None where the API server refuses it."""
        try:
            answer: Body = self.api.request("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", body)
        except ApiError as error:
            if "AdmissionPolicy" in str(error):
                raise
            return None
        return answer


@pytest.fixture(scope="module")
def rooms(control_plane: ControlPlane) -> Iterator[Rooms]:
    body = policy(InjectionSettings(), "v1")
    body["spec"]["failurePolicy"] = "Fail"
    api = control_plane.api
    api.request("POST", POLICIES, body)
    api.request("POST", BINDINGS, binding("v1"))
    asked = {keys.INJECTION: "enabled", OPTED_IN.key: OPTED_IN.value}
    bound = tuple((control_plane.namespace("delegate", labels := {**space, **asked}), labels) for space in SPACES)
    found = Rooms(api, bound, control_plane.namespace("free"))
    wait_until("policy in force", lambda: keys.MARK in str(found.made(bound[0][0], PLAIN)), timeout=60)
    yield found
    api.request("DELETE", f"{BINDINGS}/{NAME}")
    api.request("DELETE", f"{POLICIES}/{NAME}")


@pytest.mark.timeout(0 if PODS > 200 else 300)
def test_same_pod_as_by_the_webhook_or_none(rooms: Rooms) -> None:
    draw = Random("delegation")
    acted: Counter[tuple[bool, bool]] = Counter()
    while sum(acted.values()) < PODS:
        body, (namespace, labels) = pod(draw), draw.choice(rooms.bound)
        seen = rooms.made(rooms.free, body)
        if seen is None:
            continue
        body = _as_admission_meets_it(seen, body)
        answer = inject(copy.deepcopy(body), Namespace(namespace, labels, {}), InjectionSettings())
        delegated = isinstance(answer.decision, Inject) and answer.decision.mode == "delegate"
        result = rooms.made(namespace, body)
        assert result is not None
        changed = _compared(result) != _compared(seen)
        if changed:
            assert delegated, (answer.decision, body)
            wanted = rooms.made(rooms.free, jsonpatch.apply_patch(body, answer.operations))
            assert wanted is not None
            assert _compared(result) == _compared(wanted), body
        acted[(delegated, changed)] += 1
    assert acted[(True, True)] >= PODS / 20, acted
    assert acted[(False, False)] >= PODS / 10, acted


def test_it_acts_once(rooms: Rooms) -> None:
    once = rooms.made(rooms.bound[0][0], PLAIN)
    assert once is not None
    again = rooms.made(rooms.bound[0][0], _as_admission_meets_it(once, PLAIN))
    assert again is not None
    assert _compared(again) == _compared(once)


def test_the_webhook_leaves_alone_what_the_policy_prepared(rooms: Rooms) -> None:
    once = rooms.made(rooms.bound[0][0], PLAIN)
    assert once is not None
    answer = inject(once, Namespace(*rooms.bound[0], {}), InjectionSettings())
    assert answer.operations == []
    assert answer.decision.reason == "already injected by proxyless"


def test_a_namespace_without_both_labels_is_left_alone(rooms: Rooms) -> None:
    made = rooms.made(rooms.free, PLAIN)
    assert made is not None
    assert keys.MARK not in json.dumps(made)


def _as_admission_meets_it(seen: Body, body: Body) -> Body:
    """The pod with its defaults, without what the API server gave it at creation."""
    kept = {
        key: value for key, value in seen["metadata"].items() if key in ("labels", "annotations", "ownerReferences")
    }
    name = {key: value for key, value in body["metadata"].items() if key in ("name", "generateName")}
    return {**seen, "metadata": {**kept, **name}}


def _compared(body: Body) -> dict[str, Any]:
    """What counts of a pod: labels, annotations, spec. The reason in our mark is each one's own."""
    metadata = copy.deepcopy(body["metadata"])
    annotations = metadata.get("annotations") or {}
    if keys.MARK in annotations:
        mark = json.loads(annotations[keys.MARK])
        annotations[keys.MARK] = {key: value for key, value in mark.items() if key != "why"}
    return {"labels": metadata.get("labels") or {}, "annotations": annotations, "spec": body["spec"]}
