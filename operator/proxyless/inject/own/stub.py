"""A container ``istio-proxy`` with ``image: auto`` that the user wrote: its settings override those of the injected agent."""

from copy import deepcopy
from typing import Any

from proxyless.inject.own.rendering import Rendering

_KEYED = {"env": "name", "volumeMounts": "mountPath", "ports": "containerPort", "volumeDevices": "devicePath"}
"""Lists that are merged item by item, and the field that tells the items apart."""
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
"""Of a probe or hook; the API allows one of them."""


def merge_stub(work: Rendering) -> None:
    """Merges the user's container into the agent's: the user's fields win; environment, mounts and ports item by item."""
    found = work.pod.agent
    if found is not None:
        settings = {key: value for key, value in found.raw.items() if key not in ("name", "image")}
        if work.decision.native:
            settings.pop("restartPolicy", None)  # any other than Always would make it an init container that must end
        resources = settings.get("resources")
        if resources and "resources" in work.agent:
            work.agent["resources"] = _beside(work.agent["resources"], resources)
        work.agent = _over(work.agent, deepcopy(settings))
        _allow_what_is_asked(work.agent)
        _name_ports_once(work.agent, settings.get("ports"))


def _allow_what_is_asked(agent: dict[str, Any]) -> None:
    """Where the user wants a privileged agent, our word against privilege escalation goes: the API server refuses both."""
    context = agent["securityContext"]
    added = (context.get("capabilities") or {}).get("add") or ()
    if context.get("privileged") or "SYS_ADMIN" in added or "CAP_SYS_ADMIN" in added:
        context.pop("allowPrivilegeEscalation", None)


def _name_ports_once(agent: dict[str, Any], theirs: object) -> None:
    """A port of ours gives up its name where the user gave it to another: names differ within a container."""
    if not isinstance(theirs, list):
        return
    taken = {item.get("name"): item.get("containerPort") for item in theirs if isinstance(item, dict)}
    agent["ports"] = [_without_name(port) if _is_taken(port, taken) else port for port in agent["ports"]]


def _is_taken(port: Any, taken: dict[Any, Any]) -> bool:
    if not isinstance(port, dict) or not port.get("name"):
        return False
    number = port.get("containerPort")
    return bool(taken.get(port["name"], number) != number)


def _without_name(port: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in port.items() if key != "name"}


def _beside(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Our resources without those that the user speaks of: our request could exceed their limit."""
    named = {name for side in theirs.values() if isinstance(side, dict) for name in side}
    return {side: {name: value for name, value in values.items() if name not in named} for side, values in ours.items()}


def _over(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    merged = dict(ours)
    if any(handler in theirs for handler in _HANDLERS):
        merged = {key: value for key, value in merged.items() if key not in _HANDLERS}
    for key, value in theirs.items():
        if value is None:
            continue
        standing = merged.get(key)
        if key in _KEYED and isinstance(standing, list) and isinstance(value, list):
            merged[key] = _items(standing, value, _KEYED[key])
        elif isinstance(standing, dict) and isinstance(value, dict):
            merged[key] = _over(standing, value)
        else:
            merged[key] = value
    return merged


def _items(ours: list[Any], theirs: list[Any], key: str) -> list[Any]:
    """Items of both, theirs in the place of ours where they have the same key."""
    merged = list(ours)
    for item in theirs:
        mine = item.get(key) if isinstance(item, dict) else None
        at = next(
            (index for index, other in enumerate(merged) if isinstance(other, dict) and other.get(key) == mine), None
        )
        if mine is None or at is None:
            merged.append(item)
        else:
            merged[at] = item
    return merged
