"""The condition ``Healthy`` of the ProxylessMesh and the Events about proxyless itself. Pure; written by ``controller.self_report``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from proxyless.model.trouble import Reason, Trouble

TYPE = "Healthy"
WELL = "Healthy"
COMPONENT = "proxyless-operator"
_LONGEST = 1024
"""Characters of an Event's message, by the API server."""


def condition(
    troubles: Sequence[Trouble], previous: Mapping[str, Any] | None, generation: int | None, now: datetime
) -> dict[str, Any]:
    """The condition: True where nothing is wrong, else False with the worst reason and all messages."""
    worst_first = sorted(troubles, key=lambda trouble: list(Reason).index(trouble.reason))
    status = "False" if troubles else "True"
    same = previous is not None and previous.get("status") == status and previous.get("lastTransitionTime")
    return {
        "type": TYPE,
        "status": status,
        "reason": worst_first[0].reason.value if troubles else WELL,
        "message": "; ".join(trouble.message for trouble in worst_first)[:32768] or "proxyless itself works.",
        **({} if generation is None else {"observedGeneration": generation}),
        "lastTransitionTime": same or _time(now),
    }


def event(
    reason: Reason, message: str, about: Mapping[str, Any], now: datetime, count: int, *, over: bool = False
) -> dict[str, Any]:
    """An Event about a trouble that began, or that is over. Its name is the same for the same trouble and object.

    Args:
        reason: what it is, or was.
        message: for people.
        about: the object that it stands on, ``involvedObject``.
        now: time.
        count: how often it was told.
        over: it has ended.
    """
    word = f"{reason.value}Over" if over else reason.value
    digest = sha256(f"{about.get('kind')}/{about.get('name')}/{word}".encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"proxyless.{digest}", "namespace": about.get("namespace") or "default"},
        "involvedObject": dict(about),
        "type": "Normal" if over else "Warning",
        "reason": word,
        "message": message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…",
        "source": {"component": COMPONENT},
        "firstTimestamp": _time(now),
        "lastTimestamp": _time(now),
        "count": count,
    }


def _time(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
