"""Objects of cases in the cluster, over the API server alone: a kubectl for each would cost more processor than the calls.

Called by `stage`, `lanes` and those that play cases.
"""

import re
from collections.abc import Sequence
from typing import Any

from lab.api import APPLY, Api, wait_until
from lab.errors import ApiError, LabError
from lab.node import echo

Manifest = dict[str, Any]
_NOT_FOUND = 404


def path(group: str, kind: str, namespace: str = "", name: str = "") -> str:
    """Where a kind lives: ``path("v1", "Service", "shop", "cart")`` is ``/api/v1/namespaces/shop/services/cart``."""
    root = f"/apis/{group}" if "/" in group else f"/api/{group}"
    word = kind.lower()
    plural = f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{within}/{plural}" + (f"/{name}" if name else "")


def apply(api: Api, objects: Sequence[Manifest]) -> None:
    """Server-side apply, one after another, unknown fields refused; raises ApiError with what the API server said."""
    for item in objects:
        api.request(
            "PATCH", f"{_path(item)}?fieldManager=matrix&force=true&fieldValidation=Strict", item, content=APPLY
        )


def remove(api: Api, objects: Sequence[Manifest]) -> None:
    """Delete them; what is gone already is fine."""
    for item in objects:
        try:
            api.request("DELETE", _path(item))
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise


def remove_marked(api: Api, kinds: Sequence[tuple[str, str]], namespace: str, label: str) -> None:
    """Delete all objects of these kinds (group and version, kind) with a label ``key=value``."""
    for group, kind in kinds:
        found = api.request("GET", f"{path(group, kind, namespace)}?labelSelector={label.replace('=', '%3D')}")["items"]
        remove(api, [item | {"apiVersion": group, "kind": kind} for item in found])


def await_ready(api: Api, namespace: str, *names: str, timeout: float) -> None:
    """Wait until all replicas of these Deployments are available; asks seldom, since a busy machine has better to do."""
    waiting = set(names)

    def ready() -> bool:
        for item in api.request("GET", path("apps/v1", "Deployment", namespace))["items"]:
            if echo.is_available(item):
                waiting.discard(item["metadata"]["name"])
        return not waiting

    try:
        wait_until(f"{', '.join(names)} in {namespace} ready", ready, timeout=timeout, every=0.5)
    except LabError as error:
        raise LabError(f"{', '.join(sorted(waiting))} in {namespace}: not ready within {timeout:g} s") from error


def _path(item: Manifest) -> str:
    meta = item["metadata"]
    return path(item["apiVersion"], item["kind"], meta.get("namespace", ""), meta["name"])
