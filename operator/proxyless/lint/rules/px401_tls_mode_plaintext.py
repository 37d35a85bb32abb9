"""PX401: of the TLS modes only ISTIO_MUTUAL reaches gRPC; SIMPLE and MUTUAL are sent as nothing, which is plaintext."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, callers_of, entries_by_host, host_of_rule, services_of_rule
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping

_NAMES = ("DNS", "DYNAMIC_DNS")
"""Resolutions of names, for which istiod sends gRPC no endpoints (PX204)."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per level with ``tls.mode`` SIMPLE or MUTUAL."""
    for level in levels(subject):
        mode = mapping(level.policy.get("tls")).get("mode")
        if mode in ("SIMPLE", "MUTUAL"):
            condition = caller_condition(subject, world)
            if condition is None:
                return
            path = (*level.path, "tls", "mode")
            entry = _without_endpoints(subject, world)
            if entry is not None:
                yield _unreached(subject, world, entry, path, str(mode))
                continue
            yield Hit(
                path,
                f"istiod does not send {mode} to gRPC clients: they call {subject.spec.get('host')} in plaintext.",
                applies=condition,
                deny=world.declared(subject.namespace),
                fix=put(path, "ISTIO_MUTUAL") if services_of_rule(subject, world) else None,
            )


def _without_endpoints(subject: Resource, world: World) -> Resource | None:
    """The ServiceEntry of the host that gives gRPC no endpoints, so that no call leaves the client at all."""
    entries = entries_by_host(world).get(host_of_rule(subject, world))
    bare = [entry for entry in entries if str(entry.spec.get("resolution") or "NONE").startswith(_NAMES)]
    return bare[0] if bare and len(bare) == len(entries) else None


def _unreached(subject: Resource, world: World, entry: Resource, path: FieldPath, mode: str) -> Hit:
    host = subject.spec.get("host")
    called = callers_of(world, host_of_rule(subject, world))
    return Hit(
        path,
        f"{mode} is for Envoy: gRPC clients of xds:///{host} get no endpoints from {entry.ref} (resolution "
        f"{entry.spec['resolution']}), so their calls fail with UNAVAILABLE and none is made in plaintext.",
        "Leave it for sidecars and gateways; gRPC clients dial the host with `dns:///` and TLS credentials of their own.",
        severity=Severity.INFO,
        applies="" if called else f"a proxyless client dials xds:///{host}",
        related=(entry.ref, *(item.ref for item in called)),
        deny=False,
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
    reads=("Service", "ServiceEntry"),
    fixes=("unsafe",),
)
