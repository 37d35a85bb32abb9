"""The condition ``Healthy`` of the ProxylessMesh and the Events about proxyless itself. Pure; written by ``controller.self_report``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from proxyless.model.trouble import Reason, Trouble
from proxyless.report.event import OPERATOR, About, event

TYPE = "Healthy"
WELL = "Healthy"


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
        "lastTransitionTime": same or now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def self_event(
    reason: Reason, message: str, about: About, now: datetime, count: int, *, over: bool = False
) -> dict[str, Any]:
    """The Event about a trouble that began, or that is over; the same one for the same trouble and object."""
    word = f"{reason.value}Over" if over else reason.value
    return event(about, word, message, by=OPERATOR, now=now, count=count, warning=not over)
