"""Who asks for a pod to be proxyless. Called by ``decide``; whether the pod can have it is decided elsewhere."""

from dataclasses import dataclass, replace
from typing import Literal

from proxyless.inject import keys
from proxyless.inject.decision import Namespace, Skip, Wish
from proxyless.inject.view import PodView

AGENT_TEMPLATE = "grpc-agent"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks."""

    who: str
    by: Literal["pod", "template", "namespace", "policy"]


def asked(view: PodView, namespace: Namespace, wish: Wish | None) -> Asked | Skip:
    """Who asks, the pod's own word first; a Skip where it refuses or nobody asks."""
    said = view.labels.get(keys.INJECT) or view.annotations.get(keys.INJECT)
    if said == "false":
        return Skip(f'{keys.INJECT}: "false" opts out')
    if said == "true":
        return Asked(f'{keys.INJECT}: "true"', "pod")
    found = _asked_around(view, namespace, wish)
    unclear = unclear_mark(view)
    return replace(found, notes=(unclear,)) if unclear and isinstance(found, Skip) else found


def unclear_mark(view: PodView) -> str:
    """A remark on a mark of the pod that says neither yes nor no; empty where there is none."""
    said = view.labels.get(keys.INJECT) or view.annotations.get(keys.INJECT) or "true"
    return "" if said in {"true", "false"} else f'{keys.INJECT}: "{said}" is neither "true" nor "false": it is ignored'


def templates(view: PodView) -> list[str]:
    """Names in Istio's template annotation."""
    return [name.strip() for name in view.annotations.get(keys.TEMPLATES, "").split(",") if name.strip()]


def _asked_around(view: PodView, namespace: Namespace, wish: Wish | None) -> Asked | Skip:
    refused = view.labels.get(keys.SIDECAR_INJECT, view.annotations.get(keys.SIDECAR_INJECT)) == "false"
    if AGENT_TEMPLATE in templates(view):
        if refused:
            return Skip(
                f'{keys.SIDECAR_INJECT}: "false" switches injection off, although {keys.TEMPLATES} names grpc-agent;'
                f' remove it, or set {keys.INJECT}: "true"',
                asked=True,
            )
        return Asked(f"{keys.TEMPLATES} names grpc-agent", "template")
    if wish is not None and wish.inject is False:
        return Skip(f"{wish.source} leaves this pod out")
    by_namespace = namespace.labels.get(keys.INJECTION) == "enabled"
    if not by_namespace and not (wish is not None and wish.inject):
        return Skip(
            f"nobody asks for it: no {keys.INJECT} on the pod, no {keys.INJECTION}: enabled on the namespace, no policy"
        )
    if refused:
        return Skip(f'{keys.SIDECAR_INJECT}: "false" switches injection off; {keys.INJECT}: "true" on the pod wins')
    if by_namespace:
        return Asked(f"namespace {namespace.name} has {keys.INJECTION}: enabled", "namespace")
    return Asked(f"{wish.source if wish else ''} selects the pod", "policy")
