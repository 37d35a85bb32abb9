"""Templates that are injected in files come out as the webhook makes the pods of the same owner."""

import copy
import json
import re
from typing import Any

import jsonpatch
import pytest

from inject.golden import CASES, Case
from proxyless.inject.template import applied, inject_template, pod_of
from proxyless.mesh.workload import workload_of
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot
from proxyless.webhook.admit_pod import admit_pod
from proxyless.webhook.context import Context
from proxyless.webhook.review import Review

KINDS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Rollout": "argoproj.io/v1alpha1",
    "ReplicationController": "v1",
}
HASH = "5d9c7f"
_TOLD_HASH = re.compile(rf',\s*\\"(?:rollouts-)?pod-template-hash\\":\s*\\"{HASH}\\"')
"""What a direct bootstrap tells of the one ReplicaSet, which a template cannot know."""


def owner_of(case: Case, kind: str) -> dict[str, Any]:
    """An object of a kind that makes the pods of a case."""
    template = copy.deepcopy(case.pod)
    for key in ("apiVersion", "kind"):
        template.pop(key, None)
    metadata = dict(template.get("metadata") or {})
    for key in ("name", "generateName", "ownerReferences", "namespace"):
        metadata.pop(key, None)
    if isinstance(metadata.get("labels"), dict):
        metadata["labels"] = {
            key: value for key, value in metadata["labels"].items() if not key.endswith("template-hash")
        }
    template["metadata"] = metadata
    spec: dict[str, Any] = {"template": template}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {
        "apiVersion": KINDS[kind],
        "kind": kind,
        "metadata": {"name": "cart", "namespace": case.namespace.name},
        "spec": spec,
    }


def made_by_controller(body: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """A pod as the controller of an object sends it to the API server, with names as they are in a cluster."""
    kind = body["kind"]
    owner = {"apiVersion": KINDS[kind], "kind": kind, "name": "cart", "controller": True, "uid": "u"}
    labels = dict(template["metadata"].get("labels") or {})
    if kind in ("Deployment", "Rollout"):
        owner |= {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"cart-{HASH}"}
        labels["pod-template-hash" if kind == "Deployment" else "rollouts-pod-template-hash"] = HASH
    if kind == "CronJob":
        owner |= {"kind": "Job", "name": "cart-29401020"}
    metadata = {**template["metadata"], "generateName": f"{owner['name']}-", "ownerReferences": [owner]}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": metadata}


def template_in(body: dict[str, Any]) -> dict[str, Any]:
    spec = body["spec"]
    found: dict[str, Any] = (spec["jobTemplate"]["spec"] if body["kind"] == "CronJob" else spec)["template"]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_template_gets_what_the_webhook_gives_its_pods(case: Case, kind: str) -> None:
    body = owner_of(case, kind)
    read = resource(body)
    assert read is not None
    before = copy.deepcopy(body)
    workload = workload_of(read)
    assert workload is not None
    made = inject_template(workload, case.namespace, case.settings, case.wish)
    assert body == before, "the object itself was changed"

    pod = made_by_controller(body, template_in(body))
    place = {"name": case.namespace.name, "labels": case.namespace.labels, "annotations": case.namespace.annotations}
    seen = resource({"apiVersion": "v1", "kind": "Namespace", "metadata": place})
    assert seen is not None
    context = Context(snapshot=Snapshot([seen]), injection=case.settings, wish=lambda _, __: case.wish)
    review = Review("u", "CREATE", "", "v1", "pods", case.namespace.name, "", "", pod, None, dry_run=False)
    admitted = admit_pod(review, context)
    operations = list(map(dict, admitted.answer.operations))
    after = jsonpatch.apply_patch(pod, operations)
    assert applied(pod, operations) == after
    after = json.loads(_TOLD_HASH.sub("", json.dumps(after)))
    for key in ("generateName", "ownerReferences"):
        after["metadata"].pop(key, None)
    for key in ("pod-template-hash", "rollouts-pod-template-hash"):
        (after["metadata"].get("labels") or {}).pop(key, None)
    expected = {key: value for key, value in after.items() if key not in ("apiVersion", "kind")}
    if not admitted.answer.operations:
        assert made.body == body
        return
    got = template_in(made.body)
    assert {**got, "metadata": {**got["metadata"], "labels": got["metadata"].get("labels") or {}}} == {
        **expected,
        "metadata": {**expected["metadata"], "labels": expected["metadata"].get("labels") or {}},
    }


def test_a_pod_that_the_owner_makes_is_one_for_the_injector() -> None:
    body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a", "namespace": "b"}, "spec": {}}
    read = resource(body)
    assert read is not None
    workload = workload_of(read)
    assert workload is not None
    assert pod_of(workload)["metadata"]["ownerReferences"][0]["name"] == "a-28000000"
