"""Reasons why a pod that asks for the agent cannot get it. Called by ``decide``; an ordered list of small checks."""

from collections.abc import Callable

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.application import Application
from proxyless.mesh.pod.decision import Skip, Why
from proxyless.mesh.pod.opt_in import OptIn
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, asks_for_agent, cut_out, own_word, templates
from proxyless.mesh.pod.pod import Container, Pod
from proxyless.mesh.pod.settings import Injectors
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model.client import Framework

_MOST_ANNOTATIONS = 256 * 1024
"""Bytes of all annotations of an object, names and values, by the API server."""
MOST_BYTES = _MOST_ANNOTATIONS - 16 * 1024
"""Bytes that a pod's annotations may have before: ours and Istio's need the rest."""
OTHER_TEMPLATES = ("sidecar", "gateway", "grpc-simple")
"""Istio's templates that put something else where the agent goes."""


def obstacle(pod: Pod, namespace: Namespace, settings: Injectors, asked: OptIn, said: Application) -> Skip | None:
    """The first reason not to inject, None where there is none."""
    return (
        _place(pod, namespace, settings)
        or _own_agent(pod)
        or _other_template(pod)
        or _framework(said, asked)
        or next((Skip(reason, why, asked=True) for why, check in _CHECKS if (reason := check(pod))), None)
    )


def _place(pod: Pod, namespace: Namespace, settings: Injectors) -> Skip | None:
    if namespace.name in settings.ignored_namespaces:
        return Skip(f"pods of namespace {namespace.name} are never injected", "ignored_namespace", asked=True)
    if keys.MIRROR_POD in pod.annotations:
        return Skip("a static pod: the kubelet owns it, and the API server refuses changes", "static_pod")
    return None


def already_injected(pod: Pod) -> Skip | None:
    """A pod that was injected before, by whomever. A mark without its container was copied with a manifest: not injected."""
    found = pod.agent
    mark = pod.annotation(keys.MARK)
    if mark is not None and found is not None and (not is_stub(found) or '"mode":"delegate"' in mark):
        place = pod.at("annotations", keys.MARK)
        return Skip("already injected by proxyless", "already_injected", done=True, source=place)
    if keys.STATUS in pod.annotations:
        reason = f"already injected by Istio ({keys.STATUS}); if the annotation was copied from a pod, remove it"
        place = pod.at("annotations", keys.STATUS)
        if cut_out(pod):
            wanted = asks_for_agent(pod) and own_word(pod) is not False
            return Skip(reason, "cut_out", wanted, done=True, source=place)
        return Skip(reason, "already_injected", done=True, source=place)
    return None


def is_stub(agent: Container) -> bool:
    """Whether a container for the agent only carries its author's settings."""
    return bool(agent.raw.get("image") == keys.AUTO_IMAGE)


def _own_agent(pod: Pod) -> Skip | None:
    found = pod.agents
    if len(found) > 1:
        return Skip(
            f"it has {len(found)} containers {keys.AGENT}, and names must differ", "duplicate_container", asked=True
        )
    if found and not is_stub(found[0]):
        return Skip(
            f"it has a container {keys.AGENT} of its own; for one that only carries settings write image: auto",
            "own_container",
            asked=True,
            source=Source("pod", (*found[0].path, "image")),
        )
    return None


def _other_template(pod: Pod) -> Skip | None:
    named = templates(pod)
    for name in named:
        if name in OTHER_TEMPLATES:
            together = ", which cannot be combined with grpc-agent" if AGENT_TEMPLATE in named else ""
            reason = f"{keys.TEMPLATES} asks for {name}{together}; remove it to get grpc-agent"
            return Skip(reason, "other_template", asked=True, source=pod.at("annotations", keys.TEMPLATES))
    return None


def _framework(said: Application, asked: OptIn) -> Skip | None:
    if said.framework is None or said.framework is Framework.GRPC:
        return None
    place = said.sources["framework"]
    return Skip(
        f"{said.framework.value.capitalize()} ({place.words}) talks to istiod itself and needs no agent;"
        f" for gRPC set {keys.FRAMEWORK}: grpc",
        "framework",
        asked=asked.by in ("pod", "template"),
        source=place,
    )


def _host_network(pod: Pod) -> str:
    return "hostNetwork: the agent's ports would be the node's" if pod.spec.get("hostNetwork") is True else ""


def _windows(pod: Pod) -> str:
    system = pod.spec.get("os")
    return (
        "a Windows pod: the agent is for Linux" if isinstance(system, dict) and system.get("name") == "windows" else ""
    )


def _no_room(pod: Pod) -> str:
    size = sum(len(str(key).encode()) + len(str(value).encode()) for key, value in pod.annotations.items())
    return (
        f"its annotations hold {size} bytes, and the agent's would go over the {_MOST_ANNOTATIONS} that a pod may have"
        if size > MOST_BYTES
        else ""
    )


def _no_application(pod: Pod) -> str:
    return "" if pod.apps else f"it has no container but {keys.AGENT}"


_CHECKS: tuple[tuple[Why, Callable[[Pod], str]], ...] = (
    ("host_network", _host_network),
    ("windows", _windows),
    ("no_application", _no_application),
    ("no_room", _no_room),
)
