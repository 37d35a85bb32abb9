"""Resources of the agent: the settings', each of which the pod may replace by an annotation."""

from typing import Any

from proxyless.inject.own.rendering import Rendering
from proxyless.model import forms

_ANNOTATIONS = {
    "cpu": ("sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyCPULimit"),
    "memory": ("sidecar.istio.io/proxyMemory", "sidecar.istio.io/proxyMemoryLimit"),
}


def add_resources(work: Rendering) -> None:
    """An annotation on cpu leaves memory as it is, and the other way round.

    Within one of them the pod's word stands alone, since its request could exceed the settings' limit. A pod with
    resources of its own (``spec.resources``) shares them with the agent: the API server would refuse the pod where the
    agent's did not fit into them.
    """
    if work.pod.spec.get("resources"):
        if any(key in work.pod.annotations for keys in _ANNOTATIONS.values() for key in keys):
            work.warn(
                "spec.resources of the pod holds for the agent too: annotations on the agent's resources do not count"
            )
        return
    wanted: dict[str, dict[str, Any]] = {
        side: dict(work.settings.resources.get(side, {})) for side in ("limits", "requests")
    }
    for name, (request_key, limit_key) in _ANNOTATIONS.items():
        request, limit = _quantity(work, request_key), _quantity(work, limit_key)
        if request is not None and limit is not None and forms.amount(request) > forms.amount(limit):
            work.warn(f"{request_key}: {request} is more than {limit_key}: {limit}; neither counts")
            continue
        if request is None and limit is None:
            continue
        for side, value in (("requests", request), ("limits", limit)):
            wanted[side].pop(name, None)
            if value is not None:
                wanted[side][name] = value
    kept = {key: value for key, value in wanted.items() if value}
    if kept:
        work.agent["resources"] = kept


def _quantity(work: Rendering, key: str) -> str | None:
    said = work.pod.annotation(key)
    if said is None:
        return None
    if forms.QUANTITY.fits(said):
        return said
    work.warn(f"{key}: {said[:40]!r} is no quantity such as 100m or 128Mi, and does not count")
    return None
