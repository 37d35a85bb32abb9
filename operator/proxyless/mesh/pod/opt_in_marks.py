"""Labels and annotations by which a pod opts in or out: ours, Istio's, and Istio's template annotation."""

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.source import Source
from proxyless.model.resource import kept, mapping, sequence

AGENT_TEMPLATE = "grpc-agent"
"""Istio's template with an agent beside the application."""
AGENT_TEMPLATES = frozenset((AGENT_TEMPLATE, "grpc-simple"))
"""Istio's templates that make a pod proxyless."""
_SWITCH = {"true": True, "false": False}


@kept
def templates(pod: Pod) -> tuple[str, ...]:
    """Names in Istio's template annotation."""
    named = pod.annotation(keys.TEMPLATES)
    return tuple(name.strip() for name in named.split(",") if name.strip()) if named else ()


def own_word(pod: Pod) -> bool | None:
    """Whether the pod opts in or out by our label, else our annotation; None: neither."""
    return _SWITCH.get(pod.label(keys.INJECT) or pod.annotation(keys.INJECT) or "")


def own_place(pod: Pod) -> Source:
    """Where it says so."""
    return pod.at("labels" if pod.label(keys.INJECT) else "annotations", keys.INJECT)


def istio_word(pod: Pod) -> bool | None:
    """Whether the pod opts in or out by Istio's label ``sidecar.istio.io/inject``, else the annotation; None: neither."""
    label = pod.label(keys.SIDECAR_INJECT)
    return _SWITCH.get((pod.annotation(keys.SIDECAR_INJECT) or "") if label is None else label)


def istio_place(pod: Pod) -> Source:
    """Where it says so."""
    return pod.at("annotations" if pod.label(keys.SIDECAR_INJECT) is None else "labels", keys.SIDECAR_INJECT)


def asks_for_agent(pod: Pod) -> bool:
    """Whether the pod asks by itself: by our mark, or by one of Istio's proxyless templates."""
    return own_word(pod) is True or not AGENT_TEMPLATES.isdisjoint(templates(pod))


def unclear_mark(pod: Pod) -> str:
    """A warning about a label or annotation that is neither true nor false; empty: none is."""
    said = pod.label(keys.INJECT) or pod.annotation(keys.INJECT) or "true"
    return "" if said in {"true", "false"} else f'{keys.INJECT}: "{said}" is neither "true" nor "false": it is ignored'


def cut_out(pod: Pod) -> bool:
    """Whether Istio's mark names the agent's container and the pod has none, as an export has whose author cut it out."""
    if pod.agents:
        return False
    import json  # noqa: PLC0415  few runs need it

    try:
        status = mapping(json.loads(pod.annotation(keys.STATUS) or ""))
    except (ValueError, RecursionError):
        return False
    return any(keys.AGENT in sequence(status.get(group)) for group in ("containers", "initContainers"))
