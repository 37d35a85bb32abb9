"""What to say to a create or update of an Istio resource, a Service, a route or one of our kinds. Pure.

Called by ``webhook.handlers``. The rules decide what is wrong, ``Enforcement`` what follows from it; this file only brings
them together. It denies only what the request itself proves and newly brings (design decision 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.enforcement import Action
from proxyless.model.finding import Finding, Notice, Severity
from proxyless.model.resource import mapping, resource
from proxyless.report.admission import denial, warnings
from proxyless.webhook.context import Context
from proxyless.webhook.review import Answer, Review


@dataclass(slots=True, frozen=True)
class Verdict:
    """The answer and what it rests on, for counters and logs."""

    answer: Answer
    acted: tuple[tuple[Finding, Action], ...] = ()
    """Each finding with what was done about it."""
    broken: tuple[Notice, ...] = ()
    """Rules that failed on this object: defects of ours, the other rules ran."""


PASS = Verdict(Answer())


def validate(review: Review, context: Context, *, strict: bool) -> Verdict:
    """Judge one object.

    Args:
        review: the request.
        context: what is known beside it; may be empty.
        strict: whether the API server selected the request because its namespace is labeled strict. That label is part
            of the proof: it declares all workloads of the namespace proxyless without any cache.
    """
    subject = resource(review.body, default_namespace=review.namespace or "default")
    if subject is None or mapping(review.body.get("metadata")).get("deletionTimestamp"):
        return PASS  # not ours to judge, or on its way out: finalizers must stay removable
    settings = context.settings
    if strict:
        settings = settings._replace(declared=settings.declared | {subject.namespace})
    world = World(context.snapshot.overlay(subject), settings, memory=context.memory)
    chosen = [
        rule
        for rule in ALL
        if subject.kind in rule.kinds
        and context.enforcement.action(subject.namespace, rule.code, strict=strict) is not Action.OFF
    ]
    report = run(chosen, world, [subject], context.selection)
    broken = tuple(notice for notice in report.notices if notice.internal)
    acted = tuple((finding, _action(finding, review, context, strict=strict)) for finding in report.findings)
    return Verdict(_answer(acted, broken), acted, broken)


def _action(finding: Finding, review: Review, context: Context, *, strict: bool) -> Action:
    said = context.enforcement.action(finding.ref.namespace, finding.code, strict=strict)
    if said is Action.DENY and (not finding.deny or _was_so(review)):
        return Action.WARN
    return said


def _was_so(review: Review) -> bool:
    """Whether an update leaves the spec as it was: then what is wrong is not this request's doing."""
    return review.old is not None and review.old.get("spec") == review.body.get("spec")


def _answer(acted: Sequence[tuple[Finding, Action]], broken: Sequence[Notice]) -> Answer:
    denied = [finding for finding, action in acted if action is Action.DENY]
    warned = [finding for finding, action in acted if action is Action.WARN and finding.severity > Severity.INFO]
    told = (*warnings(warned), *(f"proxyless: {notice.message}"[:255] for notice in broken))
    if denied:
        return Answer(allowed=False, message=denial(denied), warnings=told)
    return Answer(warnings=told)
