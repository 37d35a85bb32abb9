"""What keeps the agent out of a pod that asks for it, in words. Called by ``decide``; an ordered list of small checks."""

from collections.abc import Callable

from proxyless.inject import keys
from proxyless.inject.asked import AGENT_TEMPLATE, Asked, templates
from proxyless.inject.decision import Namespace, Skip
from proxyless.inject.said import Said
from proxyless.inject.settings import Settings
from proxyless.inject.view import PodView
from proxyless.model.version import Framework

OTHER_TEMPLATES = ("sidecar", "gateway", "grpc-simple")
"""Istio's templates that put something else where the agent goes."""


def obstacle(view: PodView, namespace: Namespace, settings: Settings, asked: Asked, said: Said) -> Skip | None:
    """The first reason not to inject, None where there is none."""
    return (
        _place(view, namespace, settings)
        or _own_agent(view)
        or _other_template(view)
        or _framework(said, asked)
        or next((Skip(reason, asked=True) for check in _CHECKS if (reason := check(view))), None)
    )


def _place(view: PodView, namespace: Namespace, settings: Settings) -> Skip | None:
    if namespace.name in settings.ignored_namespaces:
        return Skip(f"pods of namespace {namespace.name} are never injected", asked=True)
    if keys.MIRROR_POD in view.annotations:
        return Skip("a static pod: the kubelet owns it, and the API server refuses changes")
    return None


def already_injected(view: PodView) -> Skip | None:
    """A pod that was injected before, by whomever. A mark without its container was copied with a manifest: not injected."""
    found = view.agent()
    mark = view.annotations.get(keys.MARK)
    if mark is not None and found is not None:
        filled = found[1].raw.get("image") != keys.AUTO_IMAGE
        if filled or '"mode":"delegate"' in mark:
            return Skip("already injected by proxyless")
    if keys.STATUS in view.annotations:
        return Skip(f"already injected by Istio ({keys.STATUS}); if the annotation was copied from a pod, remove it")
    return None


def _own_agent(view: PodView) -> Skip | None:
    found = view.agents()
    if len(found) > 1:
        return Skip(f"it has {len(found)} containers {keys.AGENT}, and names must differ", asked=True)
    if found and found[0][1].raw.get("image") != keys.AUTO_IMAGE:
        return Skip(
            f"it has a container {keys.AGENT} of its own; for one that only carries settings write image: auto",
            asked=True,
        )
    return None


def _other_template(view: PodView) -> Skip | None:
    named = templates(view)
    for name in named:
        if name in OTHER_TEMPLATES:
            together = ", which cannot be combined with grpc-agent" if AGENT_TEMPLATE in named else ""
            return Skip(f"{keys.TEMPLATES} asks for {name}{together}; remove it to get grpc-agent", asked=True)
    return None


def _framework(said: Said, asked: Asked) -> Skip | None:
    if said.framework is None or said.framework is Framework.GRPC:
        return None
    return Skip(
        f"{said.framework.value.capitalize()} ({said.framework_source}) talks to istiod itself and needs no agent;"
        f" for gRPC set {keys.FRAMEWORK}: grpc",
        asked=asked.by in ("pod", "template"),
    )


def _host_network(view: PodView) -> str:
    return "hostNetwork: the agent's ports would be the node's" if view.spec.get("hostNetwork") is True else ""


def _windows(view: PodView) -> str:
    system = view.spec.get("os")
    return (
        "a Windows pod: the agent is for Linux" if isinstance(system, dict) and system.get("name") == "windows" else ""
    )


def _no_application(view: PodView) -> str:
    return "" if view.apps else f"it has no container but {keys.AGENT}"


_CHECKS: tuple[Callable[[PodView], str], ...] = (_host_network, _windows, _no_application)
