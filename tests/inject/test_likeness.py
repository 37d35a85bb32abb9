"""Pods of one likeness get one answer, and what differs between pods of one template is not part of it."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inject.acceptable_pods import PODS as ACCEPTABLE
from inject.pods import NAMESPACES, PODS, SETTINGS, WISHES
from proxyless.inject.likeness import LARGEST, likeness
from proxyless.inject.pod import Injection, inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.surroundings import Namespace, Wish

OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
TOKENS = st.text("bcdfghjklmnpqrstvwxz2456789", min_size=5, max_size=5).map("kube-api-access-{}".format)
IDS = st.fixed_dictionaries(
    {"uid": st.uuids().map(str), "creationTimestamp": st.sampled_from([None, "2026-11-30T21:00:00Z"])},
    optional={
        "managedFields": st.just([{"manager": "m", "fieldsV1": {"f:spec": {}}}]),
        "generation": st.integers(0, 3),
    },
)
NODES = st.none() | st.sampled_from(["n1", "n2"]).map(
    lambda name: {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [name]}}}
)


def made_for(template: dict[str, Any], ids: dict[str, Any], token: str, node: Any) -> dict[str, Any]:
    """A pod of a template as the API server shows it: with ids, a token for each container, and a DaemonSet's node."""
    pod = copy.deepcopy(template)
    pod["metadata"] = {**(pod.get("metadata") or {}), **ids}
    pod["spec"]["volumes"] = [*(pod["spec"].get("volumes") or []), {"name": token, "projected": {"sources": []}}]
    for container in pod["spec"]["containers"]:
        mount = {"name": token, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}
        container["volumeMounts"] = [*(container.get("volumeMounts") or []), mount]
    if node is not None:
        pod["spec"]["affinity"] = node
    return pod


def answer(pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None) -> Injection:
    return inject(copy.deepcopy(pod), namespace, told, wish)


@OFTEN
@given(
    template=PODS | ACCEPTABLE,
    one=st.tuples(IDS, TOKENS, NODES),
    two=st.tuples(IDS, TOKENS, NODES),
    around=st.tuples(NAMESPACES, SETTINGS, WISHES),
)
def test_pods_of_one_template_are_alike_and_get_one_answer(
    template: dict[str, Any], one: Any, two: Any, around: tuple[Namespace, InjectionSettings, Wish | None]
) -> None:
    first, second = made_for(template, *one), made_for(template, *two)
    like = likeness(first)
    if like is None:
        return
    by_name = any(
        key in (template["metadata"].get("annotations") or {}) for key in (keys.USER_VOLUME, keys.USER_VOLUME_MOUNT)
    )
    other = likeness(second)
    assert other is not None
    assert (like.text == other.text) == (not by_name or one[1] == two[1])
    if like.text == other.text:
        mine = answer(first, *around)
        if one[1] not in repr(mine):
            assert answer(second, *around) == mine


@OFTEN
@given(
    pod=ACCEPTABLE,
    place=st.integers(0, 10**6),
    instead=st.sampled_from(["", "true", "x", 7, None, "gone"]),
    around=st.tuples(NAMESPACES, SETTINGS, WISHES),
)
def test_whatever_changes_the_answer_changes_the_likeness(
    pod: dict[str, Any], place: int, instead: Any, around: tuple[Namespace, InjectionSettings, Wish | None]
) -> None:
    """One member less, anywhere, or another value there: what was left out of the likeness is not read."""
    pod = made_for(pod, {"uid": "1", "creationTimestamp": None}, "kube-api-access-aaaaa", {"podAffinity": {}})
    changed = copy.deepcopy(pod)
    found = places(changed)
    holder, key = found[place % len(found)]
    if instead == "gone":
        del holder[key]
    else:
        holder[key] = instead
    if answer(pod, *around) != answer(changed, *around):
        like = likeness(pod)
        other = likeness(changed)
        assert like is None or other is None or like.text != other.text


@OFTEN
@given(pod=ACCEPTABLE, around=st.tuples(NAMESPACES, SETTINGS, WISHES))
def test_each_member_that_is_read_counts(
    pod: dict[str, Any], around: tuple[Namespace, InjectionSettings, Wish | None]
) -> None:
    pod = made_for(pod, {"uid": "1"}, "kube-api-access-aaaaa", {"podAffinity": {}})
    like, before = likeness(pod), answer(pod, *around)
    for holder in ("metadata", "spec"):
        for key in pod[holder]:
            less = {**pod, holder: {name: value for name, value in pod[holder].items() if name != key}}
            other = likeness(less)
            if like is not None and other is not None and like.text == other.text:
                assert answer(less, *around) == before, key


def text_of(pod: dict[str, Any]) -> bytes:
    like = likeness(pod)
    assert like is not None
    return like.text


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member and every item below a value, each as what holds it and its key."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [place for key, item in items for place in [(value, key), *places(item)]]


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"generateName": "cart-", "annotations": {keys.INJECT: "true"}},
    "spec": {"containers": [{"name": "app", "image": "a:1"}]},
}
IDS_1 = {"uid": "1"}


def test_a_name_that_counts_elsewhere_counts() -> None:
    """A container with the name of the token's volume: its name is part of the patch."""
    pods = []
    for token in ("kube-api-access-aaaaa", "kube-api-access-bbbbb"):
        pod = made_for(POD, IDS_1, token, None)
        pod["spec"]["containers"][0]["name"] = token
        pods.append(pod)
    assert text_of(pods[0]) != text_of(pods[1])


def test_a_name_in_other_writing_counts() -> None:
    """The annotation names the volume of one pod, in a way that no comparison of texts finds."""
    pods = []
    for token in ("kube-api-access-aaaaa", "kube-api-access-bbbbb"):
        pod = made_for(POD, IDS_1, token, None)
        pod["metadata"]["annotations"] = {
            keys.INJECT: "true",
            keys.USER_VOLUME: r'{"\u006bube-api-access-aaaaa": {"emptyDir": {}}}',
        }
        pods.append(pod)
    answers = [answer(pod, Namespace("shop"), InjectionSettings(), None) for pod in pods]
    assert answers[0] != answers[1]
    assert text_of(pods[0]) != text_of(pods[1])


@pytest.mark.parametrize(
    "spec", [{}, {"containers": [7]}, {"volumes": 7}, {"volumes": [{"name": 7}], "containers": None}]
)
def test_any_shape(spec: Any) -> None:
    for pod in (
        {"spec": spec},
        {"metadata": 7, "spec": spec},
        {"metadata": {}, "spec": spec},
        {"metadata": {}, "spec": 7},
    ):
        found = likeness(pod)
        assert found is not None
        assert not found.volume


def test_too_large_or_too_deep_is_not_kept() -> None:
    assert likeness({"metadata": {"annotations": {"a": "x" * LARGEST}}}) is None
    deep: Any = {}
    for _ in range(600):
        deep = {"a": deep}
    assert likeness({"metadata": {"x": deep}}) is None
