"""Who opts a pod in to proxyless gRPC: the pod itself, its namespace or a policy. Called by ``decide``; whether the pod can have it is decided elsewhere."""

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decision import By, Skip
from proxyless.mesh.pod.opt_in_marks import (
    AGENT_TEMPLATE,
    istio_place,
    istio_word,
    own_place,
    own_word,
    templates,
    unclear_mark,
)
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.model.record import NamedTuple


class OptIn(NamedTuple):
    """An opt-in: who opted the pod in, and where."""

    who: str
    by: By
    source: Source


def opt_in(pod: Pod, namespace: Namespace, wish: Wish | None) -> OptIn | Skip:
    """Who opts a pod in, its own label or annotation first; a Skip if it opts out or nobody opts it in."""
    said = own_word(pod)
    if said is False:
        return Skip(f'{keys.INJECT}: "false" opts out', "opted_out", source=own_place(pod))
    if said is True:
        return OptIn(f'{keys.INJECT}: "true"', "pod", own_place(pod))
    found = _asked_around(pod, namespace, wish)
    unclear = unclear_mark(pod)
    return found._replace(notes=(unclear,)) if unclear and isinstance(found, Skip) else found


def _asked_around(pod: Pod, namespace: Namespace, wish: Wish | None) -> OptIn | Skip:
    refused = istio_word(pod) is False
    if AGENT_TEMPLATE in templates(pod):
        if refused:
            return Skip(
                f'{keys.SIDECAR_INJECT}: "false" switches injection off, although {keys.TEMPLATES} names grpc-agent;'
                f' remove it, or set {keys.INJECT}: "true"',
                "switched_off_for_istio",
                asked=True,
                source=istio_place(pod),
            )
        return OptIn(f"{keys.TEMPLATES} names grpc-agent", "template", pod.at("annotations", keys.TEMPLATES))
    by_policy = Source("policy", name=wish.source) if wish is not None else Source("pod")
    if wish is not None and wish.inject is False:
        return Skip(f"{wish.source} leaves this pod out", "left_out_by_policy", source=by_policy)
    by_namespace = namespace.labels.get(keys.INJECTION) == "enabled"
    if not by_namespace and not (wish is not None and wish.inject):
        return Skip(
            f"nobody asks for it: no {keys.INJECT} on the pod, no {keys.INJECTION}: enabled on the namespace, no policy",
            "not_asked",
        )
    if refused:
        return Skip(
            f'{keys.SIDECAR_INJECT}: "false" switches injection off; {keys.INJECT}: "true" on the pod wins',
            "switched_off_for_istio",
            source=istio_place(pod),
        )
    if by_namespace:
        where = Source("namespace", ("metadata", "labels", keys.INJECTION), namespace.name)
        return OptIn(f"namespace {namespace.name} has {keys.INJECTION}: enabled", "namespace", where)
    return OptIn(f"{wish.source if wish else ''} selects the pod", "policy", by_policy)
