"""How long a review may wait for its turn: after that a verdict would come too late, and nobody would be told.

An API server that gives up lets the request pass unjudged (``failurePolicy: Ignore``) without a word to who applied it, or fails it
(``Fail``). So a review that has waited too long is answered in time: allowed, with a warning that says so. Used by ``webhook.server``.
"""

import re
import time
from collections.abc import Callable

from proxyless.webhook.exchange import INJECT
from proxyless.webhook.review import AdmissionResponse

USUAL = 5.0
"""Seconds that our webhook configurations give."""
SHARE = 0.8
"""Part of the time after which no judging begins any more; the rest is for those whose turn has come, and the way back."""
_TIMEOUT = re.compile(r"(?:^|&)timeout=(\d{1,6}(?:\.\d{1,6})?)(ms|s)(?:&|$)")
clock: Callable[[], float] = time.monotonic


def until(query: str) -> float:
    """Moment by which judging must begin. The API server writes its timeout into the query, ``timeout=5s``."""
    found = _TIMEOUT.search(query)
    seconds = USUAL if found is None else float(found[1]) / (1000 if found[2] == "ms" else 1)
    return clock() + SHARE * seconds


def is_over(deadline: float) -> bool:
    """Whether a verdict would come too late."""
    return clock() > deadline


def too_late(webhook: str) -> AdmissionResponse:
    """The answer to such a review."""
    done = "add the agent to this pod" if webhook == INJECT else "check this"
    text = f"proxyless did not {done}: too many reviews waited before it, and the API server waits no longer. Apply it again"
    return AdmissionResponse(warnings=(text,))
