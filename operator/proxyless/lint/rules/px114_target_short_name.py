"""PX114: a short name after xds:/// is completed by the client's own namespace, and by nothing else."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import redials
from proxyless.lint.destinations import services_by_host, services_by_name
from proxyless.lint.gates import dials
from proxyless.lint.pods import is_placeholder
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.finding import Severity
from proxyless.model.pattern import pattern
from proxyless.model.resource import WORKLOADS, Resource

_ROW = "DialTarget.xds.short"
_NAME = pattern(r"[A-Za-z0-9_.-]+")
"""What can be the name of a Service, however wrong; an address in brackets or a path is for PX113."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target that is not a full name but means, or was meant as, one of the cluster."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    for target, path in dialed(workload).items():
        called = dialed_host(target, workload.namespace, world.settings.domain)
        host = target.rpartition(":")[0]
        if is_placeholder(target) or called.port is None or not _NAME.fullmatch(host):
            continue
        if called.host != host:
            message = f"xds:///{target} means {called.host} only for clients in namespace {workload.namespace}."
            broken = _broken(world, workload)
            if not broken and _is_elsewhere(world, host, called.host):
                continue  # PX115 names the Service that is meant
            severity = Severity.ERROR if broken else None
            full = f"xds:///{called.host}:{called.port}"
            fix = redials(workload, path, f"xds:///{target}", full, safe=True)
            yield Hit(path, broken or message, remedy=f"Dial {full}.", severity=severity, fix=fix)
            continue
        meant = f"{host.removesuffix('.svc')}.svc.{world.settings.domain}"
        if (host.count(".") == 1 and meant in services_by_host(world)) or host.endswith(".svc"):
            message = f"istiod does not complete {host} for clients in namespace {workload.namespace}: the name resolves to nothing."
            full = f"xds:///{meant}:{called.port}"
            fix = redials(workload, path, f"xds:///{target}", full, safe=True)
            yield Hit(path, message, remedy=f"Dial {full}.", severity=Severity.ERROR, fix=fix)


def _is_elsewhere(world: World, name: str, full: str) -> bool:
    """Whether the name is a Service of other namespaces alone, so that its own full name would not resolve either."""
    return full not in services_by_host(world) and bool(services_by_name(world).get(name))


def _broken(world: World, workload: Workload) -> str:
    """What becomes of calls where the workload's library cannot take a short name; empty where it can, or is not known."""
    client = world.client_of(workload)
    if client.language is None:
        return ""
    answers = world.matrix.judge(world.matrix.row(_ROW), istio=world.settings.istio, client=client)
    return answers[0].reason if all(item.verdict is Verdict.BREAKS for item in answers) else ""


RULE = Rule(
    code="PX114",
    slug="target-short-name",
    summary="An xds:/// target is a short name.",
    severity=Severity.INFO,
    kinds=WORKLOADS,
    gate=dials,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Dial the full name, xds:///<service>.<namespace>.svc.<domain>:<port>.",
    evidence=("matrix istio DialTarget xds:///", "failure mode C2"),
    reads=("Service",),
    fixes=("safe",),
)
