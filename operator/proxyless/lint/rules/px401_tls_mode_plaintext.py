"""PX401: of the TLS modes only ISTIO_MUTUAL reaches gRPC; SIMPLE and MUTUAL are sent as nothing, which is plaintext."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per level with ``tls.mode`` SIMPLE or MUTUAL."""
    for level in levels(subject):
        mode = mapping(level.policy.get("tls")).get("mode")
        if mode in ("SIMPLE", "MUTUAL"):
            condition = caller_condition(subject, world)
            if condition is None:
                return
            yield Hit(
                (*level.path, "tls", "mode"),
                f"istiod does not send {mode} to gRPC clients: they call {subject.spec.get('host')} in plaintext.",
                applies=condition,
                deny=world.declared(subject.namespace),
            )


RULE = Rule(
    code="PX401",
    slug="tls-mode-plaintext",
    summary="A DestinationRule asks for TLS of its own, which gRPC clients turn into plaintext.",
    severity=Severity.ERROR,
    kinds=("DestinationRule",),
    check=check,
    needs=("tls",),
    remedy="Write `tls: {mode: ISTIO_MUTUAL}` for servers in the mesh; for others set TLS credentials in the client's code.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.tls.mode SIMPLE",
        "matrix istio DestinationRule spec.trafficPolicy.tls.mode MUTUAL",
    ),
    deny=True,
    reads=("Service",),
)
