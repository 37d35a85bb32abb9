"""PX523: EnvoyFilter, WasmPlugin, TrafficExtension and Telemetry configure Envoy; a proxyless pod has none."""

from collections.abc import Iterator, Mapping

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, named
from proxyless.lint.world import World
from proxyless.mesh.selector import selects
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence

_GUARDS = ("ext_authz", "rbac", "ratelimit", "rate_limit", "jwt_authn", "lua")
"""Filters of Envoy whose loss may leave a server open."""
_PLUGINS = {"WasmPlugin": "plugin", "TrafficExtension": "extension"}
"""Kinds with a phase, and what people call the object."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the object is for workloads of which some are proxyless."""
    spec = subject.spec
    if sequence(spec.get("targetRefs")) or spec.get("targetRef"):
        return
    path, labels = _selector(subject)
    lost = grpc_workloads(world, subject.namespace, labels)
    if not lost:
        return
    everywhere = subject.namespace == world.settings.root_namespace
    candidates = () if everywhere else world.workloads_in(subject.namespace)
    others = everywhere or sum(selects(labels, workload.labels) for workload in candidates) > len(lost)
    guard = _guard(subject)
    message = f"{subject.kind} is for Envoy: it does nothing for {named(lost)}"
    remedy = _remedy(subject)
    if guard:
        yield Hit(path, f"{message}, so {guard} is not enforced there.", remedy, severity=Severity.ERROR)
    else:
        yield Hit(path, f"{message}.", remedy, severity=Severity.INFO if others else Severity.WARNING)


def _selector(subject: Resource) -> tuple[FieldPath, Mapping[str, object]]:
    """Where the selector stands, else the spec, and its labels."""
    key, inner = ("workloadSelector", "labels") if subject.kind == "EnvoyFilter" else ("selector", "matchLabels")
    labels = mapping(mapping(subject.spec.get(key)).get(inner))
    return (("spec", key) if labels else ("spec",)), labels


def _guard(subject: Resource) -> str:
    """The protection that is lost, empty where there is none."""
    if subject.kind in _PLUGINS:
        phase = str(subject.spec.get("phase", ""))
        return f"the {_PLUGINS[subject.kind]}'s phase {phase}" if phase in ("AUTHN", "AUTHZ") else ""
    if subject.kind != "EnvoyFilter":
        return ""
    text = repr(subject.spec.get("configPatches")).lower()
    return next((word for word in _GUARDS if word in text), "")


def _remedy(subject: Resource) -> str:
    """What gRPC clients can do instead where the patch shows what is wanted; empty: the rule's own."""
    text = repr(subject.spec.get("configPatches")).lower() if subject.kind == "EnvoyFilter" else ""
    return next((remedy for word, remedy in _INSTEAD.items() if word in text), "")


_INSTEAD = {
    "http.fault": "Write the fault in a VirtualService (`fault.abort`, `fault.delay`): gRPC clients honour it.",
    "outlier_detection": "Rely on readiness probes: gRPC clients never get outlier detection, by whatever object.",
    "retry_policy": "Write `retries` in a VirtualService: gRPC clients honour attempts and the gRPC conditions of retryOn.",
}
"""What a patch of Envoy shows, and what to write for gRPC clients."""


RULE = Rule(
    code="PX523",
    slug="envoy-only-kind",
    summary="An object that configures Envoy is for workloads without Envoy.",
    severity=Severity.WARNING,
    kinds=("EnvoyFilter", "WasmPlugin", "TrafficExtension", "Telemetry"),
    check=check,
    remedy="Do it in the application: interceptors for policy, gRPC's OpenTelemetry plugins for metrics and traces.",
    evidence=(
        "matrix istio EnvoyFilter spec.configPatches[]",
        "matrix istio WasmPlugin spec.url",
        "matrix istio TrafficExtension spec.wasm, spec.lua",
        "matrix istio Telemetry spec.metrics[]",
        "failure mode E19",
    ),
)
