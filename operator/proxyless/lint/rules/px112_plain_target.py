"""PX112: a proxyless pod that dials by DNS name gets plain gRPC: no routes, no subsets, no mTLS."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import redials
from proxyless.lint.destinations import rules_by_host, services_by_host
from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.remedy_commands import dial
from proxyless.lint.routes import routes_by_host
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.targets import texts
from proxyless.mesh.service import UNDECLARED, ports_of
from proxyless.model.finding import Severity
from proxyless.model.pattern import pattern
from proxyless.model.resource import WORKLOADS, Ref, Resource

_PLAIN = pattern(
    r"(?:^|[\s=,;'\"(])(?P<scheme>dns:(?:///)?)?(?P<host>[a-z](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*):(?P<port>\d{2,5})"
    r"(?=$|[\s,;'\")])"
)
_NAME, _NAMESPACED = 1, 2
"""Labels of a host that cluster DNS completes by the pod's namespace, or by ``svc`` alone."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target without ``xds:///`` that names a gRPC port of a mesh Service, or a host that has rules."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    seen = set()
    for container in workload.pod.apps:
        for words in texts(container):
            for found in _PLAIN.finditer(words.text) if ":" in words.text else ():
                host = _full(found["host"], workload.namespace, world.settings.domain)
                related = _mesh_host(world, host, int(found["port"]), dns=bool(found["scheme"]))
                if related is None or (host, found["port"]) in seen:
                    continue
                seen.add((host, found["port"]))
                target = (found["scheme"] or "") + found["host"] + ":" + found["port"]
                lost = (
                    " and ".join(str(ref) for ref in related if ref.kind != "Service")
                    or "routes, subsets and mTLS of the mesh"
                )
                yield Hit(
                    words.path,
                    f"{target} is dialed by DNS, not through xDS: {lost} do not apply to these calls.",
                    remedy=f"Dial xds:///{host}:{found['port']}.",
                    related=related,
                    fix=redials(workload, words.path, target, f"xds:///{host}:{found['port']}"),
                    command=dial(
                        workload,
                        words.path,
                        words.container,
                        words.variable,
                        words.text.replace(target, f"xds:///{host}:{found['port']}"),
                    ),
                )


def _full(host: str, namespace: str, domain: str) -> str:
    """What cluster DNS makes of a host, for a pod of that namespace."""
    labels = host.count(".") + 1
    if labels == _NAME:
        return f"{host}.{namespace}.svc.{domain}"
    if labels == _NAMESPACED:
        return f"{host}.svc.{domain}"
    return f"{host}.{domain}" if host.endswith(".svc") else host


def _mesh_host(world: World, host: str, port: int, *, dns: bool) -> tuple[Ref, ...] | None:
    """Objects that make a host one of the mesh's, None where it is none or the port is not for gRPC."""
    rules = _ruled(world, host)
    service = services_by_host(world).get(host)
    if service is None:
        return rules or None
    entry = next((item for item in ports_of(service) if item.number == port), None)
    if entry is None:
        return None
    certain = entry.protocol == "grpc" or (dns and entry.has_routes)
    return (service.ref, *rules) if certain or (rules and entry.protocol == UNDECLARED) else None


def _ruled(world: World, host: str) -> tuple[Ref, ...]:
    """DestinationRules and VirtualServices of mesh clients that name a host."""
    return tuple(item.ref for by_host in (rules_by_host, routes_by_host) for item in by_host(world).get(host))


RULE = Rule(
    code="PX112",
    slug="plain-target",
    summary="A proxyless pod dials a mesh service by its DNS name, so nothing of the mesh applies.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Dial the full name after xds:///.",
    evidence=("failure mode C4",),
    reads=("Service", "VirtualService", "DestinationRule"),
    fixes=("unsafe",),
)
