"""PX412: the retry budget of an XBackendTrafficPolicy is not sent to gRPC clients."""

from collections.abc import Iterator

from proxyless.lint.destinations import host_condition, hosts_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence

_IGNORED = "istio.io/ignore-policy-attachment"
"""Annotation with which Istio leaves an object alone."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on the budget where some target is called by proxyless clients."""
    if not subject.spec.get("retryConstraint") or str(subject.annotations.get(_IGNORED, "")).lower() == "true":
        return
    targets = [mapping(entry) for entry in sequence(subject.spec.get("targetRefs"))]
    conditions = [
        host_condition(world, host, subject.namespace)
        for target in targets
        for host in hosts_of(world, str(target.get("kind")), subject.namespace, str(target.get("name", "")))
    ]
    known = [condition for condition in conditions if condition is not None]
    if known:
        message = "retryConstraint has no effect: gRPC clients have no retry budget."
        yield Hit(("spec", "retryConstraint"), message, applies=min(known))


RULE = Rule(
    code="PX412",
    slug="backend-traffic-policy",
    summary="An XBackendTrafficPolicy sets a retry budget, which gRPC clients do not get.",
    severity=Severity.WARNING,
    kinds=("XBackendTrafficPolicy",),
    check=check,
    needs=("retryConstraint",),
    remedy="Limit the attempts in the GRPCRoute, HTTPRoute or VirtualService.",
    evidence=(
        "matrix istio XBackendTrafficPolicy spec.retryConstraint",
        "istio pilot/pkg/config/kube/gateway/backend_policies.go; pilot/pkg/networking/grpcgen/cds.go applyCircuitBreakers",
    ),
    reads=("Service",),
)
