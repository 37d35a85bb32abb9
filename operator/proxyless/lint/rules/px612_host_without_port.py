"""PX612: proxyless clients send the authority with the port, so a bare host in a rule never matches."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, never, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per ``hosts`` or ``notHosts`` of which no value can match a dialed name with its port."""
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    for item in conditions(subject):
        bare = [value for value in item.values if ":" not in value and not value.endswith("*")]
        if not item.is_when and item.name == "hosts" and bare and len(bare) == len(item.values):
            message = (
                f"Proxyless clients send the host with its port: {item.path[-1]} {bare[0]} {never(subject, item)}."
            )
            wild = "" if bare[0].startswith("*") else f", or `{bare[0]}:*`"
            yield Hit(item.path, message, f"Write `{bare[0]}:PORT`{wild}.", applies=condition)


RULE = Rule(
    code="PX612",
    slug="host-without-port",
    summary="A rule compares a host without the port that proxyless clients send.",
    severity=Severity.WARNING,
    kinds=("AuthorizationPolicy",),
    check=check,
    by_value=True,
    needs=("hosts", "notHosts"),
    remedy="Write the host with its port.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].to[].operation.hosts[]",
        "measured: hosts match the dialed name with its port",
    ),
)
