"""Kopf's handlers of admission: read what the server put beside the review, ask one function, write its answer there.

Kopf carries and does not decide (design decision 6): its ``patch`` and ``warnings`` stay empty, the answer travels in the
mapping that the server passes as ``headers``. Kopf would deny when a handler raises; a defect of ours must never block a
cluster, so it is caught here: allow, warn, count, log (design decision 5).
"""

import logging
from collections.abc import Callable
from typing import Any

import kopf

from proxyless.model.kinds import KINDS, Kind
from proxyless.webhook.admit import AdmissionResult, validate
from proxyless.webhook.context import Contexts
from proxyless.webhook.exchange import ANSWER, INJECT, REVIEW, STRICT, WARN, failure
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_answers import PodAnswers
from proxyless.webhook.review import Review

log = logging.getLogger(__name__)


def register(registry: kopf.OperatorRegistry, contexts: Contexts, metrics: Metrics, pods: PodAnswers) -> None:
    """Register every admission handler, each with its API group: without one Kopf scans all groups at start."""
    guard = _Guard(metrics)

    async def inject(*, headers: dict[str, Any], **_: Any) -> None:
        guard.answer(INJECT, headers, lambda review: AdmissionResult(pods.make(review)))

    async def strict(*, headers: dict[str, Any], **_: Any) -> None:
        guard.answer(STRICT, headers, lambda review: validate(review, contexts(), strict=True))

    async def warn(*, headers: dict[str, Any], **_: Any) -> None:
        guard.answer(WARN, headers, lambda review: validate(review, contexts(), strict=False))

    kopf.on.mutate(*_resource(KINDS["Pod"]), id=INJECT, operations=["CREATE"], registry=registry)(inject)
    for kind in KINDS.values():
        if not kind.validated:
            continue
        resource = _resource(kind)
        kopf.on.validate(*resource, id=STRICT, operations=["CREATE", "UPDATE"], registry=registry)(strict)
        kopf.on.validate(*resource, id=WARN, operations=["CREATE", "UPDATE"], registry=registry)(warn)


def _resource(kind: Kind) -> tuple[str, str, str]:
    return kind.group, kind.version, kind.plural


class _Guard:
    """Writes the answer, whatever happens."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answer(self, webhook: str, headers: dict[str, Any], decide: Callable[[Review], AdmissionResult]) -> None:
        review: Review = headers[REVIEW]
        try:
            verdict = decide(review)
        except Exception as error:
            log.exception(
                "%s failed on %s %s/%s; the request was allowed", webhook, review.plural, review.namespace, review.name
            )
            headers[ANSWER] = failure(error)
            return
        for finding, action in verdict.acted:
            self._metrics.findings.labels(finding.code, action.value).inc()
        for notice in verdict.broken:
            log.error("%s on %s %s/%s: %s", webhook, review.plural, review.namespace, review.name, notice.message)
            self._metrics.failures.labels(webhook).inc()
        headers[ANSWER] = verdict.answer
