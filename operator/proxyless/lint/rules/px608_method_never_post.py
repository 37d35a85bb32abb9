"""PX608: every gRPC call is a POST, so a rule on other methods never holds."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per ``methods`` or ``notMethods`` that no gRPC call can meet."""
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    for item in conditions(subject):
        if not item.is_when and item.name == "methods" and not any(map(_is_post, item.values)):
            said = ", ".join(item.values)
            yield Hit(
                item.path,
                f"Every gRPC call is a POST: `{item.path[-1]}: [{said}]` {never(subject, item)}.",
                applies=condition,
            )


def _is_post(pattern: str) -> bool:
    """Whether a value of Istio's kind (exact, ``prefix*``, ``*suffix``, ``*``) matches POST."""
    if pattern.startswith("*"):
        return "POST".endswith(pattern[1:])
    return "POST".startswith(pattern[:-1]) if pattern.endswith("*") else pattern == "POST"


RULE = Rule(
    code="PX608",
    slug="method-never-post",
    summary="A rule compares HTTP methods other than POST, which no gRPC call has.",
    severity=Severity.WARNING,
    kinds=("AuthorizationPolicy",),
    check=check,
    by_value=True,
    needs=("methods", "notMethods"),
    remedy="Write `paths`, `/package.Service/Method`, instead of `methods`.",
    evidence=("matrix istio AuthorizationPolicy spec.rules[].to[].operation.methods[]",),
)
