"""Who asks for a pod to be proxyless. Called by ``decide``; whether the pod can have it is decided elsewhere."""

from typing import Literal, NamedTuple

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.application import unclear_mark
from proxyless.mesh.pod.around import Namespace, Wish
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.source import Source
from proxyless.model.resource import kept

AGENT_TEMPLATE = "grpc-agent"
"""Istio's template with an agent beside the application."""
AGENT_TEMPLATES = frozenset((AGENT_TEMPLATE, "grpc-simple"))
"""Istio's templates that make a pod proxyless."""


class Asked(NamedTuple):
    """Somebody asks."""

    who: str
    by: Literal["pod", "template", "namespace", "policy"]
    source: Source


@kept
def templates(pod: Pod) -> tuple[str, ...]:
    """Names in Istio's template annotation."""
    named = pod.annotation(keys.TEMPLATES)
    return tuple(name.strip() for name in named.split(",") if name.strip()) if named else ()


@kept
def own_word(pod: Pod) -> tuple[bool | None, Source]:
    """Whether the pod itself opts in or out by our mark, the label first; None where it does not say."""
    return _switch(pod, keys.INJECT)


@kept
def istio_word(pod: Pod) -> tuple[bool | None, Source]:
    """The same of Istio's label and annotation ``sidecar.istio.io/inject``, of which a label wins whatever it says."""
    return _switch(pod, keys.SIDECAR_INJECT)


def asks_for_agent(pod: Pod) -> bool:
    """Whether the pod asks by itself: by our mark, or by one of Istio's proxyless templates."""
    return own_word(pod)[0] is True or not AGENT_TEMPLATES.isdisjoint(templates(pod))


def asked(pod: Pod, namespace: Namespace, wish: Wish | None) -> Asked | Skip:
    """Who asks, the pod's own word first; a Skip where it refuses or nobody asks."""
    said, source = own_word(pod)
    if said is False:
        return Skip(f'{keys.INJECT}: "false" opts out', source=source)
    if said is True:
        return Asked(f'{keys.INJECT}: "true"', "pod", source)
    found = _asked_around(pod, namespace, wish)
    unclear = unclear_mark(pod)
    return found._replace(notes=(unclear,)) if unclear and isinstance(found, Skip) else found


def _switch(pod: Pod, key: str) -> tuple[bool | None, Source]:
    label = pod.label(key)
    holder = "labels" if label or (label is not None and key == keys.SIDECAR_INJECT) else "annotations"
    said = label if holder == "labels" else pod.annotation(key)
    return {"true": True, "false": False}.get(said or ""), pod.at(holder, key)


def _asked_around(pod: Pod, namespace: Namespace, wish: Wish | None) -> Asked | Skip:
    switch, place = istio_word(pod)
    refused = switch is False
    if AGENT_TEMPLATE in templates(pod):
        if refused:
            return Skip(
                f'{keys.SIDECAR_INJECT}: "false" switches injection off, although {keys.TEMPLATES} names grpc-agent;'
                f' remove it, or set {keys.INJECT}: "true"',
                asked=True,
                source=place,
            )
        return Asked(f"{keys.TEMPLATES} names grpc-agent", "template", pod.at("annotations", keys.TEMPLATES))
    by_policy = Source("policy", name=wish.source) if wish is not None else Source("pod")
    if wish is not None and wish.inject is False:
        return Skip(f"{wish.source} leaves this pod out", source=by_policy)
    by_namespace = namespace.labels.get(keys.INJECTION) == "enabled"
    if not by_namespace and not (wish is not None and wish.inject):
        return Skip(
            f"nobody asks for it: no {keys.INJECT} on the pod, no {keys.INJECTION}: enabled on the namespace, no policy"
        )
    if refused:
        return Skip(
            f'{keys.SIDECAR_INJECT}: "false" switches injection off; {keys.INJECT}: "true" on the pod wins',
            source=place,
        )
    if by_namespace:
        where = Source("namespace", ("metadata", "labels", keys.INJECTION), namespace.name)
        return Asked(f"namespace {namespace.name} has {keys.INJECTION}: enabled", "namespace", where)
    return Asked(f"{wish.source if wish else ''} selects the pod", "policy", by_policy)
