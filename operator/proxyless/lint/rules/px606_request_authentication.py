"""PX606: no proxyless server validates tokens, so RequestAuthentication does nothing and rules on claims never hold."""

from collections.abc import Iterator

from proxyless.lint.authorization import RequestCondition, action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on the token rules of a RequestAuthentication, or per condition on a token in an AuthorizationPolicy."""
    condition = reaching(subject, world)
    if condition is None:
        return
    proven = world.declared(subject.namespace)
    if subject.kind == "RequestAuthentication":
        if sequence(subject.spec.get("jwtRules")):
            message = "Proxyless servers do not validate tokens: calls with a bad token, or with none, are served."
            yield Hit(("spec", "jwtRules"), message, applies=condition, deny=proven)
        return
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    dropped = next(row.releases[0] for row in world.matrix.advisories if row.id == "grpc-go.dropped_matchers").words
    for item in conditions(subject):
        if _on_token(item):
            name = item.name if item.is_when else item.path[-1]
            message = f"Proxyless servers know no token: {name} {never(subject, item)} (Go {dropped} skips the condition instead)."
            yield Hit(item.path, message, applies=condition, deny=proven)


def _on_token(condition: RequestCondition) -> bool:
    return condition.name.startswith("request.auth.") if condition.is_when else condition.name == "requestPrincipals"


RULE = Rule(
    code="PX606",
    slug="request-authentication",
    summary="Tokens are to be validated or compared by proxyless servers, which never look at them.",
    severity=Severity.ERROR,
    kinds=("RequestAuthentication", "AuthorizationPolicy"),
    check=check,
    needs=("jwtRules", "requestPrincipals", "notRequestPrincipals", "when"),
    remedy="Validate the token in a server interceptor; let policies compare `principals` over mTLS instead.",
    evidence=(
        "matrix istio RequestAuthentication spec.jwtRules[]",
        "matrix istio AuthorizationPolicy spec.rules[].from[].source.requestPrincipals[]",
        "measured: DENY with notRequestPrincipals denies every call",
    ),
    deny=True,
)
