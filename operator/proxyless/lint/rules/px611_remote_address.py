"""PX611: gRPC servers read no X-Forwarded-For, so the remote address is the address of the connection."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition on the remote address."""
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    for item in conditions(subject):
        if item.name == ("remote.ip" if item.is_when else "remoteIpBlocks"):
            message = (
                "gRPC servers do not read X-Forwarded-For or the PROXY protocol: this compares the address of the "
                "connection, behind a gateway that of the gateway."
            )
            yield Hit(item.path, message, applies=condition)


RULE = Rule(
    code="PX611",
    slug="remote-address",
    summary="A rule compares the original caller's address, which gRPC servers do not know.",
    severity=Severity.WARNING,
    kinds=("AuthorizationPolicy",),
    check=check,
    needs=("remoteIpBlocks", "notRemoteIpBlocks", "when"),
    remedy="Write `ipBlocks` (or `source.ip`), and compare original addresses at the gateway.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].from[].source.remoteIpBlocks[]",
        "matrix istio AuthorizationPolicy spec.rules[].when[].key remote.ip",
    ),
)
