"""PX610: attributes that only Envoy has, SNI and filter metadata, are empty at a gRPC server."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_FILTERS = "experimental.envoy.filters."


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per ``when`` entry on such an attribute."""
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    for item in conditions(subject):
        if not item.is_when:
            continue
        if item.name == "connection.sni":
            cause = "gRPC servers compare with an empty server name"
        elif item.name.startswith(_FILTERS):
            cause = "gRPC servers have no metadata of Envoy's filters"
        else:
            continue
        message = f"{cause}: {item.name} {never(subject, item)}."
        yield Hit(item.path, message, applies=condition, deny=world.declared(subject.namespace))


RULE = Rule(
    code="PX610",
    slug="attribute-without-value",
    summary="A rule compares an attribute that only Envoy has.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    needs=("when",),
    remedy="Compare `principals` or `namespaces` over mTLS, or a header.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].when[].key connection.sni",
        "matrix istio AuthorizationPolicy spec.rules[].when[].key experimental.envoy.filters.*",
    ),
    deny=True,
)
