"""PX411: a BackendTLSPolicy becomes TLS of its own in istiod, which is not sent to gRPC clients: they call in plaintext."""

from collections.abc import Iterator

from proxyless.lint.destinations import host_condition, hosts_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence

_IGNORED = "istio.io/ignore-policy-attachment"
"""Annotation with which Istio leaves an object alone."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target that proxyless clients call."""
    if str(subject.annotations.get(_IGNORED, "")).lower() == "true":
        return
    for index, entry in enumerate(sequence(subject.spec.get("targetRefs"))):
        target = mapping(entry)
        for host in hosts_of(world, str(target.get("kind")), subject.namespace, str(target.get("name", ""))):
            condition = host_condition(world, host, subject.namespace)
            if condition is not None:
                message = f"istiod does not send this TLS to gRPC clients: they call {host} in plaintext."
                yield Hit(("spec", "targetRefs", index), message, applies=condition)
                break


RULE = Rule(
    code="PX411",
    slug="backend-tls-policy",
    summary="A BackendTLSPolicy asks for TLS, which gRPC clients turn into plaintext.",
    severity=Severity.ERROR,
    kinds=("BackendTLSPolicy",),
    check=check,
    needs=("targetRefs",),
    remedy=(
        "For servers in the mesh write a DestinationRule with `tls: {mode: ISTIO_MUTUAL}` in its place; for others set TLS "
        "credentials in the client's code. Gateways and sidecars honor the policy."
    ),
    evidence=(
        "matrix istio BackendTLSPolicy spec",
        "istio pilot/pkg/config/kube/gateway/backend_policies.go: mode SIMPLE; pilot/pkg/networking/grpcgen/cds.go applyTLS",
    ),
    reads=("ServiceEntry", "Service"),
)
