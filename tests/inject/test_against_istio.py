"""Our pods beside those of Istio's own injector: equal but for the declared repairs (`parity.md`), case by case."""

import copy
import json
from typing import Any

import pytest

from inject.golden import DELEGATED, OWN, Case
from inject.istio_injector import IstioInjector, Refused

pytestmark = pytest.mark.cluster("istioctl")

_OTHER_CONTENT = ("proxy.istio.io/overrides", "sidecar.istio.io/status", "proxyless.dev/injected")
"""Annotations that one side alone writes, or with another content on purpose (rows 15 and 16 of parity.md)."""
_ASKING = ("inject.istio.io/templates", "sidecar.istio.io/inject")
_JSON_VARIABLES = ("PROXY_CONFIG", "ISTIO_META_POD_PORTS")


@pytest.fixture(scope="session")
def istio(tmp_path_factory: pytest.TempPathFactory) -> IstioInjector:
    return IstioInjector(tmp_path_factory.mktemp("istio"))


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_own_pod_is_istios_but_for_the_repairs(case: Case, istio: IstioInjector) -> None:
    ours = _comparable(case.injected())
    theirs = istio.inject(_asking(case.pod), case.settings, case.namespace.name)
    if case.differs:
        assert isinstance(theirs, Refused) or _comparable(theirs) != ours, "declared to differ, but it does not"
    else:
        assert not isinstance(theirs, Refused), theirs
        # added by the webhook after what kube-inject does
        theirs["metadata"].setdefault("annotations", {}).update(case.settings.injected_annotations)
        assert ours == _comparable(theirs)


@pytest.mark.parametrize("case", DELEGATED, ids=lambda case: case.name)
def test_istio_makes_a_whole_agent_of_a_prepared_pod(case: Case, istio: IstioInjector) -> None:
    pod = istio.inject(case.injected(), case.settings, case.namespace.name)
    if case.name == "delegate_leaves_unreadable_config":  # Istio refuses the pod for it, prepared or not
        assert isinstance(pod, Refused)
        assert isinstance(istio.inject(_asking(case.pod), case.settings, case.namespace.name), Refused)
        return
    assert not isinstance(pod, Refused), pod
    names = [item["name"] for item in pod["spec"]["containers"]]
    agent = pod["spec"]["containers"][names.index("istio-proxy")]
    assert agent["image"] != "auto"
    assert {"name": "DISABLE_ENVOY", "value": "true"} in agent["env"]
    assert agent["volumeMounts"]
    assert agent["readinessProbe"]
    assert agent["securityContext"]
    authors_word = "key_format" in case.name
    assert {"name": "PKCS8_KEY", "value": "false" if authors_word else "true"} in agent["env"]
    assert len(pod["metadata"]["labels"]["service.istio.io/canonical-name"]) <= 63
    held = case.name != "delegate_hold_false_wins"
    assert names.index("istio-proxy") == (0 if held else len(names) - 1)


def test_appended_template_leaves_the_other_one_in_force(istio: IstioInjector) -> None:
    case = next(case for case in DELEGATED if case.name == "delegate_appends_to_templates")
    pod = istio.inject(case.injected(), case.settings, case.namespace.name)
    assert not isinstance(pod, Refused), pod
    assert pod["metadata"]["annotations"]["corp.example/defaults"] == "applied"


def test_without_preparation_istio_leaves_the_holes(istio: IstioInjector) -> None:
    """What the comparisons above rest on: the holes are there."""
    case = next(case for case in DELEGATED if case.name == "delegate_cuts_long_name")
    pod = istio.inject(_asking(case.pod), case.settings, case.namespace.name)
    assert not isinstance(pod, Refused), pod
    assert len(pod["metadata"]["labels"]["service.istio.io/canonical-name"]) > 63
    assert "securityContext" not in next(item for item in pod["spec"]["containers"] if item["name"] == "istio-proxy")


def _asking(pod: dict[str, Any]) -> dict[str, Any]:
    """The pod as one would write it for Istio's injector."""
    asking = copy.deepcopy(pod)
    metadata = asking.setdefault("metadata", {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key not in _ASKING}
    metadata["annotations"] = {
        **{key: value for key, value in (metadata.get("annotations") or {}).items() if key not in _ASKING},
        "inject.istio.io/templates": "grpc-agent",
    }
    return asking


def _comparable(pod: dict[str, Any]) -> dict[str, Any]:
    """What is to be equal: without asking, repairs, empty values and the order of lists whose order means nothing."""
    metadata, spec = copy.deepcopy(pod.get("metadata") or {}), copy.deepcopy(pod["spec"])
    for key in ("namespace", "creationTimestamp"):
        metadata.pop(key, None)
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key not in _ASKING}
    left_out = _ASKING + _OTHER_CONTENT
    annotations = metadata.get("annotations") or {}
    metadata["annotations"] = {key: value for key, value in annotations.items() if key not in left_out}
    spec["volumes"] = {item.pop("name"): item or {"emptyDir": {}} for item in spec.get("volumes") or []}
    for container in [*spec["containers"], *(spec.get("initContainers") or [])]:
        _order(container)
        if container["name"] == "istio-proxy":
            container.pop("securityContext", None)  # row 37
            container["env"].pop("PKCS8_KEY", None)  # ours alone, below the table
    comparable = _without_empty({"metadata": metadata, "spec": spec})
    assert isinstance(comparable, dict)
    return comparable


def _order(container: dict[str, Any]) -> None:
    mounts = sorted(container.get("volumeMounts") or [], key=lambda mount: str(mount["mountPath"]))
    container["volumeMounts"] = mounts
    env = {str(entry["name"]): entry for entry in container.get("env") or []}  # of two with one name the last counts
    for entry in env.values():
        if entry["name"] in _JSON_VARIABLES:
            entry["value"] = json.loads(entry["value"])
        if entry["name"] == "PROXY_CONFIG":
            entry["value"].pop("holdApplicationUntilProxyStarts", None)  # the mesh's, which the injector alone reads
    container["env"] = env
    probe = container.get("readinessProbe") or {}
    if probe.get("initialDelaySeconds") == 0:
        del probe["initialDelaySeconds"]


def _without_empty(value: object) -> object:
    """Without null and empty members, which Go leaves out; an emptyDir is a source although it is empty."""
    if isinstance(value, dict):
        inner = {key: item if key == "emptyDir" else _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if key == "emptyDir" or item not in (None, {}, [], "")}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value
