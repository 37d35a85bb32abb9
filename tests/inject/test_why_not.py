"""Each reason why a pod stays as it is has one pod that shows it, and tells whether somebody asked."""

from typing import Any, get_args

import pytest

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decide import decide_raw
from proxyless.mesh.pod.decision import Skip, Why
from proxyless.mesh.pod.settings import Injectors
from proxyless.mesh.pod.surroundings import Namespace, Wish

APP = {"name": "app", "image": "echo:1"}
ASKS = {keys.INJECT: "true"}
STATUS = '{"containers":["istio-proxy"],"initContainers":null}'


def _pod(annotations: dict[str, str] | None = None, *containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    metadata = {"name": "echo", "annotations": ASKS if annotations is None else annotations}
    return {"metadata": metadata, "spec": {"containers": list(containers or (APP,)), **spec}}


CASES: dict[Why, tuple[object, bool]] = {
    "malformed": ({"spec": {"containers": 7}}, True),
    "not_asked": (_pod({}), False),
    "opted_out": (_pod({keys.INJECT: "false"}), False),
    "left_out_by_policy": (_pod({}), False),
    "switched_off_for_istio": (_pod({keys.TEMPLATES: "grpc-agent", keys.SIDECAR_INJECT: "false"}), True),
    "ignored_namespace": (_pod(), True),
    "static_pod": (_pod({**ASKS, keys.MIRROR_POD: "x"}), False),
    "already_injected": (_pod({**ASKS, keys.STATUS: STATUS}, APP, {"name": keys.AGENT, "image": "p"}), False),
    "cut_out": (_pod({**ASKS, keys.STATUS: STATUS}), True),
    "own_container": (_pod(ASKS, APP, {"name": keys.AGENT, "image": "mine"}), True),
    "duplicate_container": (_pod(ASKS, APP, *[{"name": keys.AGENT, "image": "auto"}] * 2), True),
    "other_template": (_pod({**ASKS, keys.TEMPLATES: "sidecar"}), True),
    "framework": (_pod({**ASKS, keys.FRAMEWORK: "dubbo"}), True),
    "host_network": (_pod(hostNetwork=True), True),
    "windows": (_pod(os={"name": "windows"}), True),
    "no_application": (_pod(ASKS, {"name": keys.AGENT, "image": "auto"}), True),
    "no_room": (_pod({**ASKS, "note": "x" * 256 * 1024}), True),
    "istio_not_selecting": (
        {
            **_pod(),
            "metadata": {"labels": {**ASKS, keys.SIDECAR_INJECT: "false"}, "annotations": {keys.MODE: "delegate"}},
        },
        True,
    ),
    "early_stub": (_pod({**ASKS, keys.MODE: "delegate"}, initContainers=[{"name": keys.AGENT, "image": "auto"}]), True),
}
NAMESPACES = {"ignored_namespace": "kube-system"}


def _skip(why: Why, pod: object) -> Skip:
    namespace = Namespace(NAMESPACES.get(why, "shop"), {}, {})
    wish = Wish(inject=False, source="ProxylessPolicy shop/all") if why == "left_out_by_policy" else None
    found = decide_raw(pod, namespace, Injectors(), wish)
    assert isinstance(found, Skip), found
    return found


def test_all_reasons_have_a_case() -> None:
    assert set(CASES) == set(get_args(Why))


@pytest.mark.parametrize("why", list(CASES))
def test_a_pod_is_left_for_its_reason(why: Why) -> None:
    pod, asked = CASES[why]
    found = _skip(why, pod)
    assert (found.why, found.asked) == (why, asked), found.reason


@pytest.mark.parametrize(
    ("annotations", "why", "asked"),
    [
        ({keys.STATUS: STATUS}, "cut_out", False),
        ({**ASKS, keys.STATUS: "no JSON"}, "already_injected", False),
        ({**ASKS, keys.STATUS: '{"containers":["other"]}'}, "already_injected", False),
        ({**ASKS, keys.STATUS: '{"initContainers":["istio-proxy"]}'}, "cut_out", True),
        ({keys.INJECT: "false", keys.TEMPLATES: "grpc-agent", keys.STATUS: STATUS}, "cut_out", False),
    ],
)
def test_only_a_mark_that_names_the_agent_was_cut_out(annotations: dict[str, str], why: Why, asked: bool) -> None:
    found = _skip(why, _pod(annotations))
    assert (found.why, found.asked) == (why, asked)
