"""What holds for every pod: an answer, a patch that applies, nothing changed, and nothing left for a second pass."""

import copy
from typing import Any

import jsonpatch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inject.pods import NAMESPACES, PODS, SETTINGS, WISHES, broken
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.decide import decide_raw
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.surroundings import Namespace, Wish

OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@OFTEN
@given(pod=st.one_of(PODS, broken()), namespace=NAMESPACES, told=SETTINGS, wish=WISHES)
def test_any_pod_gets_an_answer_and_a_patch_that_applies(
    pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None
) -> None:
    before = copy.deepcopy(pod)
    made = inject(pod, namespace, told, wish)
    assert pod == before
    assert decide_raw(pod, namespace, told.injectors, wish) == made.decision
    assert all(warning and len(warning) < 256 and warning.isprintable() for warning in made.warnings)
    if isinstance(made.decision, Skip):
        assert made.operations == []
        assert made.decision.reason
        return
    assert made.operations
    after = jsonpatch.apply_patch(pod, made.operations)
    assert pod == before
    _is_whole(after, made.decision)
    again = inject(after, namespace, told, wish)
    assert isinstance(again.decision, Skip), again
    assert again.operations == []


@OFTEN
@given(pod=PODS, namespace=NAMESPACES, told=SETTINGS, wish=WISHES)
def test_same_arguments_same_answer(
    pod: dict[str, Any], namespace: Namespace, told: InjectionSettings, wish: Wish | None
) -> None:
    first = inject(copy.deepcopy(pod), namespace, told, wish)
    assert inject(pod, namespace, told, wish) == first


@OFTEN
@given(pod=PODS, namespace=NAMESPACES, told=SETTINGS, wish=WISHES)
def test_the_author_may_change_the_answer_without_changing_the_pod(
    pod: dict[str, Any], namespace: Namespace, told: InjectionSettings, wish: Wish | None
) -> None:
    """No object of the pod is handed out: what a caller does with the operations stays theirs."""
    before = copy.deepcopy(pod)
    for operation in inject(pod, namespace, told, wish).operations:
        _spoil(operation.get("value"))
    assert pod == before


def _is_whole(pod: dict[str, Any], decision: Inject) -> None:
    """What the API server would refuse, or what would make the agent useless."""
    spec, metadata = pod["spec"], pod["metadata"]
    agents = [item for item in spec["containers"] if item["name"] == "istio-proxy"]
    early = [item for item in spec.get("initContainers") or [] if item["name"] == "istio-proxy"]
    assert all(isinstance(value, str) for value in (metadata.get("labels") or {}).values())
    assert all(isinstance(value, str) for value in metadata["annotations"].values())
    if decision.mode == "delegate":
        assert agents
        return
    agent = (early if decision.native else agents)[0]
    assert agent["image"] != "auto"
    names = [entry["name"] for entry in agent["env"]]
    assert len(names) == len(set(names))
    volumes = [volume["name"] for volume in spec["volumes"]]
    assert len(volumes) == len(set(volumes))
    assert {mount["name"] for mount in agent["volumeMounts"] if mount["name"].startswith("istio-")} <= set(volumes)
    assert all(entry.get("valueFrom") is None or not entry.get("value") for entry in agent["env"])
    for container in spec["containers"]:
        if container["name"] != "istio-proxy":
            assert any(mount["mountPath"].rstrip("/") == "/var/lib/istio/data" for mount in container["volumeMounts"])


def _spoil(value: object) -> None:
    if isinstance(value, dict):
        for item in list(value.values()):
            _spoil(item)
        value["spoiled"] = True
    elif isinstance(value, list):
        for item in list(value):
            _spoil(item)
        value.append("spoiled")
