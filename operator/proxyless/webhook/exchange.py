"""Passes reviews and responses between our server and the handlers, in the mapping that Kopf hands on as ``headers``.

The server puts the review in, the handler the answer. Nothing of it passes through Kopf's own patch and warnings.
"""

from typing import Any

from proxyless.webhook.review import WARNING, AdmissionResponse, Review

REVIEW = "review"
ANSWER = "answer"
"""Keys of the mapping."""

INJECT, STRICT, WARN = "inject", "strict", "warn"
"""Handler ids; the first part of the paths in our webhook configurations."""


def failure(error: BaseException) -> AdmissionResponse:
    """Response after an error in our own code: allow, with a warning (design decision 5)."""
    why = f"{type(error).__name__}: {error}"
    text = f"proxyless allowed this unchecked because of a bug of its own; please report it: {why}"
    return AdmissionResponse(warnings=(text[: WARNING - 1],), failed=True)


def unasked(webhook: str, review: Review) -> AdmissionResponse:
    """Response if Kopf has no handler for the request: a kind that it has not discovered yet, or a foreign configuration."""
    resource = f"{review.plural}.{review.version}.{review.group}" if review.group else review.plural
    text = f"proxyless did not check this: {webhook} has no handler for {review.operation} of {resource} (yet)"
    return AdmissionResponse(warnings=(text,))


def envelope(review: Review) -> dict[str, Any]:
    """What Kopf gets to see of a review: who and what, not the object itself.

    The handlers read the object from the mapping beside it. Kopf copies and compares whatever object it is given, with
    every request, and remembers each uid of an UPDATE for ever; without one it remembers nothing.
    """
    body = review.body
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": review.uid,
            "resource": {"group": review.group, "version": review.version, "resource": review.plural},
            "subResource": review.subresource or None,
            "operation": review.operation,
            "userInfo": {},
            "dryRun": review.dry_run,
            "object": {
                "apiVersion": body.get("apiVersion"),
                "kind": body.get("kind"),
                "metadata": {"name": review.name, "namespace": review.namespace},
            },
            "oldObject": None,
        },
    }
