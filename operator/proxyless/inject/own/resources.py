"""Resources of the agent: the settings', each of which the pod may replace by an annotation."""

import re

from proxyless.inject.own.rendering import Rendering

_ANNOTATIONS = {
    "cpu": ("sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyCPULimit"),
    "memory": ("sidecar.istio.io/proxyMemory", "sidecar.istio.io/proxyMemoryLimit"),
}
_QUANTITY = re.compile(r"\+?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?\Z", re.ASCII)


def add_resources(work: Rendering) -> None:
    """An annotation on cpu leaves memory as it is, and the other way round.

    Within one of them the pod's word stands alone, since its request could exceed the settings' limit.
    """
    wanted = {key: dict(work.settings.resources.get(key, {})) for key in ("limits", "requests")}
    for name, (request_key, limit_key) in _ANNOTATIONS.items():
        request, limit = _quantity(work, request_key), _quantity(work, limit_key)
        if request is None and limit is None:
            continue
        for key, value in (("requests", request), ("limits", limit)):
            wanted[key].pop(name, None)
            if value is not None:
                wanted[key][name] = value
    kept = {key: value for key, value in wanted.items() if value}
    if kept:
        work.agent["resources"] = kept


def _quantity(work: Rendering, key: str) -> str | None:
    said = work.pod.annotation(key)
    if said is None:
        return None
    if _QUANTITY.match(said):
        return said
    work.warn(f"{key}: {said[:40]!r} is no quantity such as 100m or 128Mi, and does not count")
    return None
