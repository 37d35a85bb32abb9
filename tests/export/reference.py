"""The webhook's own answer for one rule in a strict namespace, with nothing known but the request: what a policy must say."""

from typing import Any

from proxyless.lint.rules import ALL
from proxyless.model.enforcement import Action, Enforced, Enforcement
from proxyless.model.finding import Finding
from proxyless.model.path import get
from proxyless.report.admission import denial
from proxyless.webhook import admit
from proxyless.webhook.context import Context
from proxyless.webhook.review import Review


def denied(code: str, namespace: str, body: dict[str, Any], old: dict[str, Any] | None = None) -> list[Finding]:
    """The findings that the webhook denies a request for, were the rule its only one."""
    others = tuple(Enforced(rule.code, Action.OFF) for rule in ALL if rule.code != code)
    review = Review(
        uid="1",
        operation="CREATE" if old is None else "UPDATE",
        group="",
        version="v1",
        plural="",
        namespace=namespace,
        name="drawn",
        subresource="",
        body=body,
        old=old,
        dry_run=True,
    )
    verdict = admit.validate(review, Context(enforcement=Enforcement(mesh=others)), strict=True)
    assert not verdict.broken
    return [finding for finding, action in verdict.acted if action is Action.DENY]


def words(finding: Finding, body: dict[str, Any]) -> str:
    """Why the webhook denies it; values that are no text are left out, as CEL writes no JSON."""
    value = get(body, finding.path)
    return denial([finding if isinstance(value, str | bool) else finding._replace(value="")])
