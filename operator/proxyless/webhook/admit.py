"""Decides the response to a create or update of an Istio resource, a Service, a route or one of our kinds. Pure.

Called by ``webhook.handlers``. The rules decide what is wrong, ``Enforcement`` what follows from it; this file only brings
them together. It denies only what the request itself proves and newly brings (design decision 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.enforcement import Action
from proxyless.model.finding import Finding, Notice, Severity
from proxyless.model.path import get
from proxyless.model.resource import Resource, mapping, resource
from proxyless.report.admission import denial, warnings
from proxyless.webhook.context import Context
from proxyless.webhook.proven import Said, proven
from proxyless.webhook.review import AdmissionResponse, Review


@dataclass(slots=True, frozen=True)
class AdmissionResult:
    """The answer and what it rests on, for counters and logs."""

    answer: AdmissionResponse
    acted: tuple[tuple[Finding, Action], ...] = ()
    """Each finding with what was done about it."""
    broken: tuple[Notice, ...] = ()
    """Rules that failed on this object: defects of ours, the other rules ran."""


PASS = AdmissionResult(AdmissionResponse())


def validate(review: Review, context: Context, *, strict: bool) -> AdmissionResult:
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
    snapshot, settings = context.snapshot.overlay(subject), context.settings
    world = World(snapshot, settings, memory=context.memory)
    if strict and not world.declared(subject.namespace):  # else other settings would make all indexes anew
        settings = settings._replace(declared=settings.declared | {subject.namespace})
        world = World(snapshot, settings, memory=context.memory)
    chosen = [
        rule
        for rule in ALL
        if subject.kind in rule.kinds
        and context.enforcement.action(subject.namespace, rule.code, strict=strict, denies=rule.deny) is not Action.OFF
    ]
    selection = context.selection
    if strict:
        selection = selection._replace(strict=selection.strict | {subject.namespace})
    report = run(chosen, world, [subject], selection)
    broken = tuple(notice for notice in report.notices if notice.internal)
    made = [(finding, _action(finding, context, strict=strict)) for finding in report.findings]
    old = resource(review.old, default_namespace=review.namespace or "default")
    if old is not None and any(action is Action.DENY for _, action in made):
        codes = {finding.code for finding in report.findings}
        world = World(context.snapshot.overlay(old), settings)
        before = run([rule for rule in ALL if rule.code in codes], world, [old], selection)
        made = _newly(made, review.body, before.findings, old.body)
    acted = tuple(made)
    elsewhere = frozenset() if strict else _by_policies(subject, report.findings, context)
    return AdmissionResult(_answer(acted, broken, elsewhere), acted, broken)


def _by_policies(subject: Resource, findings: Sequence[Finding], context: Context) -> Said:
    """Which of them admission policies of ours tell of as well; in a strict namespace those deny, and we are not asked."""
    codes = context.policies(context.snapshot.get("Namespace", "", subject.namespace))
    return proven(subject, findings, codes) if codes else frozenset()


def _action(finding: Finding, context: Context, *, strict: bool) -> Action:
    """What to do with one finding: deny only what the object alone proves, or what a line demands by its exact code."""
    namespace, code = finding.ref.namespace, finding.code
    said = context.enforcement.action(namespace, code, strict=strict, denies=finding.deny)
    if said is not Action.DENY or finding.deny:
        return said
    demanded = context.enforcement.demands(namespace, code) and not finding.applies
    return said if demanded else Action.WARN


def _newly(
    acted: Sequence[tuple[Finding, Action]], body: dict[str, Any], before: Sequence[Finding], old: dict[str, Any]
) -> list[tuple[Finding, Action]]:
    """Findings that the object had before are no reason to deny this request: they warn.

    The same finding is one with the same code and value at the same path, else one with the same value elsewhere that no
    other finding is taken for: entries of lists move. Values are compared whole, not as they are shown.
    """
    left = [(finding, get(old, finding.path)) for finding in before]
    known: set[int] = set()
    for anywhere in (False, True):
        for index, (finding, _) in enumerate(acted):
            if index in known:
                continue
            value = get(body, finding.path)
            for position, (other, was) in enumerate(left):
                if other.code == finding.code and was == value and (anywhere or other.path == finding.path):
                    del left[position]
                    known.add(index)
                    break
    return [
        (finding, Action.WARN if index in known and action is Action.DENY else action)
        for index, (finding, action) in enumerate(acted)
    ]


def _answer(acted: Sequence[tuple[Finding, Action]], broken: Sequence[Notice], elsewhere: Said) -> AdmissionResponse:
    denied = [finding for finding, action in acted if action is Action.DENY]
    warned = [
        finding
        for finding, action in acted
        if action is Action.WARN and finding.severity > Severity.INFO and (finding.code, finding.path) not in elsewhere
    ]
    told = (*warnings(warned), *(f"proxyless: {notice.message}"[:255] for notice in broken))
    if denied:
        return AdmissionResponse(allowed=False, message=denial(denied), warnings=told)
    return AdmissionResponse(warnings=told)
