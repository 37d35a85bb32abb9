"""Decides the response to the creation of a pod: inject it or leave it. Pure; called by ``webhook.handlers``.

Never rejects: a pod that cannot be injected is told why in a warning, and is created as it is.
"""

from proxyless.inject.pod import inject
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.keys import INJECTION
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping
from proxyless.webhook.context import Context
from proxyless.webhook.review import AdmissionResponse, Review


class Admitted(NamedTuple):
    """The answer and, for a pod that stays as it is, why."""

    answer: AdmissionResponse
    skip: Skip | None


def admit_pod(review: Review, context: Context) -> Admitted:
    """The patch for one pod and what its author should know."""
    labels = mapping(mapping(review.body.get("metadata")).get("labels"))
    made = inject(
        review.body,
        namespace_of(review, context),
        context.injection,
        context.wish(review.namespace, labels),
    )
    answer = AdmissionResponse(operations=made.operations, warnings=tuple(made.warnings))
    return Admitted(answer, made.decision if isinstance(made.decision, Skip) else None)


def namespace_of(review: Review, context: Context) -> Namespace:
    """The pod's namespace as it was seen; where it was not, what the path proves: the API server selected by this label."""
    seen = context.snapshot.get("Namespace", "", review.namespace)
    if seen is not None:
        return Namespace(review.namespace, seen.labels, seen.annotations)
    return Namespace(review.namespace, {INJECTION: "enabled"} if review.via == "namespace" else {})
