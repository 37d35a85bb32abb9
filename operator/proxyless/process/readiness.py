"""What a replica still lacks, in words for whoever reads ``/readyz`` or the log.

A replica is ready as soon as it can answer reviews over TLS that the API server trusts. What only makes answers poorer
(no watch, CRDs missing) is told as degraded and does not fail the probe: taking admission away would help nobody.
The webhook's parts write it, also from other threads; the operator computes the same from its state at each question and
shares :func:`report`.
"""

import logging
import threading
from collections.abc import Iterable

log = logging.getLogger(__name__)


def report(missing: Iterable[tuple[str, str]], degraded: Iterable[tuple[str, str]]) -> tuple[bool, str]:
    """Whether a replica is ready, and ``ok`` or ``not ready`` with one line for each part and reason."""
    lacks = [f"missing: {part}: {why}" for part, why in missing]
    text = ["not ready" if lacks else "ok", *lacks, *(f"degraded: {part}: {why}" for part, why in degraded)]
    return not lacks, "\n".join(text)


class Readiness:
    """Named reasons, each with what is missing and what to do."""

    def __init__(self, *missing: str) -> None:
        """Start with parts that are not there yet; each must be cleared by :meth:`have`."""
        self._missing: dict[str, str] = dict.fromkeys(missing, "still starting")
        self._degraded: dict[str, str] = {}
        self._lock = threading.Lock()

    def miss(self, part: str, why: str) -> None:
        """Something without which no review can be answered."""
        self._set(self._missing, part, why)

    def degrade(self, part: str, why: str) -> None:
        """Something without which answers are poorer."""
        self._set(self._degraded, part, why)

    def have(self, part: str) -> None:
        """The part is there and in order."""
        with self._lock:
            gone = (self._missing.pop(part, None), self._degraded.pop(part, None))
        if any(gone):
            log.info("%s: ready", part)

    @property
    def ready(self) -> bool:
        """Whether reviews can be answered."""
        return not self._missing

    @property
    def missing(self) -> dict[str, str]:
        """What keeps it from being ready, a copy."""
        with self._lock:
            return dict(self._missing)

    @property
    def degraded(self) -> dict[str, str]:
        """What makes its answers poorer, a copy."""
        with self._lock:
            return dict(self._degraded)

    def report(self) -> tuple[bool, str]:
        """As :func:`report`."""
        return report(self.missing.items(), self.degraded.items())

    def _set(self, reasons: dict[str, str], part: str, why: str) -> None:
        with self._lock:
            before = reasons.get(part)
            reasons[part] = why
        if why != before:  # once, not with each retry
            log.warning("%s: %s", part, why)
