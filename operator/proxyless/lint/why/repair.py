"""The one change that repairs a call: exact for this client where the steps tell it, else the remedy of a finding."""

import shlex
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from proxyless.lint.not_known import NotKnown
from proxyless.lint.pods import AGENT, istio_keeps_off
from proxyless.lint.remedy_commands import annotate_pods, apply, enable, manifest
from proxyless.lint.running import cure, lack_at
from proxyless.lint.why.question import Question
from proxyless.lint.why.repair_tls import Repair, both_sides
from proxyless.mesh.effective.call_ends import CallOutcome, Code, End
from proxyless.mesh.host import service_of
from proxyless.mesh.pair import Party
from proxyless.mesh.pod import keys
from proxyless.model.client import Framework
from proxyless.model.finding import Finding, Severity
from proxyless.model.path import show
from proxyless.model.resource import mapping

_AGENT = ("PX101", "PX120", "PX111", "PX121")
_TLS = ("PX302", "PX301", "PX305", "PX407", "PX401", "PX701")
_ACCESS = ("PX604", "PX608", "PX610", "PX611", "PX612", "PX613", "PX615")


def repair(question: Question, result: CallOutcome, findings: Sequence[Finding]) -> Repair | None:
    """The one change that makes calls work with mTLS; None: they do, or nothing is known to help."""
    if result.code is Code.MTLS:
        return None
    end = result.end
    for way in _WAYS[question.caller]:
        found = way(question, end)
        if found is not None:
            return found._replace(code=_same(findings, end, _CODES[way]))
    return _of_finding(findings, end) if question.caller in (Party.PROXYLESS, Party.ENVOY) else None


def _same(findings: Sequence[Finding], end: End, codes: Sequence[str]) -> str:
    """The code of a finding on one of the objects that decide."""
    cluster, server = end.cluster, end.server
    deciding = [end.because.resource]
    if cluster is not None and cluster.answer is not None:
        deciding += cluster.answer.rule.rules
    if server is not None:
        deciding.append(server.peer.source)
    refs = {item.ref for item in deciding if item is not None}
    return next((item.code for item in findings if item.code in codes and item.ref in refs), "")


def _of_finding(findings: Sequence[Finding], end: End) -> Repair | None:
    resource = end.because.resource
    if resource is None:
        return None
    here = [item for item in findings if item.ref == resource.ref and item.severity > Severity.INFO]
    here.sort(key=lambda item: (item.code not in _AGENT, item.path != end.because.path, -item.severity))
    return Repair(here[0].remedy, here[0].command, here[0].code) if here else None


# -- the client -------------------------------------------------------------------------------------------------


def _pods(question: Question, end: End) -> Repair | None:
    """Other pods, where those that run lack the agent."""
    resource = end.because.resource
    lack = None if resource is None else lack_at(resource.ref, question.world)
    if lack is None or end.because.path != lack.path:
        return None
    return Repair(*cure(lack.workload, question.world))


def _agent(question: Question, end: End) -> Repair | None:
    """An agent for the client."""
    workload = question.workload
    if end.because.resource is not workload.resource or end.server is not None:
        return None
    if question.library.framework is not Framework.GRPC:
        return None
    annotation = {keys.TEMPLATES: AGENT}
    try:
        injected = not istio_keeps_off(workload, question.world)
    except NotKnown:
        injected = False
    if injected:
        text = f"Set the pod annotation `{keys.TEMPLATES}: {AGENT}`, so that Istio injects the agent in place of a sidecar."
        return Repair(text, annotate_pods(workload, annotation))
    text = (
        "Give its pods the agent: label the namespace proxyless.dev/injection=enabled for the injector of proxyless, or let Istio inject "
        f"the namespace {workload.namespace} and set the pod annotation `{keys.TEMPLATES}: {AGENT}`."
    )
    return Repair(text, enable(workload.namespace))


# -- the target -------------------------------------------------------------------------------------------------


def _dial(question: Question, end: End) -> Repair | None:
    """Another host or port to dial."""
    del end
    target, mesh = question.target, question.mesh
    host = question.address.host if target is None else target.host
    if target is not None and target.hidden is None:
        return None
    known = {port.number for item in mesh.registry.of(host) for port in item.ports if port.has_routes}
    if known:
        if target is not None and target.port in known:
            return None  # it exists and is hidden: another's rule to change
        return Repair(
            f"Dial xds:///{host}:{min(known)}" + (f" (its ports: {_listed(known)})." if len(known) > 1 else ".")
        )
    missing = _service(question, host)
    if missing is not None:
        return missing
    near = _near(question, host)
    if not near:
        return None
    ports = {port.number for item in mesh.registry.of(near) for port in item.ports if port.has_routes}
    port = target.port if target is not None and target.port in ports else min(ports, default=None)
    return Repair(f"Dial xds:///{near}:{port}.") if port is not None else None


def _service(question: Question, host: str) -> Repair | None:
    """A Service for a workload that has the name of the host, and none yet."""
    service, port = service_of(host, question.mesh.options.domain), question.address.port
    if service is None or port is None:
        return None
    for workload in question.world.workloads_in(service.namespace):
        if workload.resource.name == service.name:
            text = f"Add a Service {service.name} in namespace {service.namespace} for {workload.ref}, with a port {port} named grpc."
            labels = mapping(mapping(workload.resource.spec.get("selector")).get("matchLabels"))
            spec = {"selector": labels, "ports": [{"name": "grpc", "port": port}]}
            body = manifest("v1", "Service", service.namespace, service.name, spec)
            return Repair(text, apply(body) if labels else "")
    return None


def _near(question: Question, host: str) -> str:
    """A host that was probably meant: the one that cluster DNS would have found, else one that looks alike."""
    domain = question.mesh.options.domain
    name, _, rest = host.partition(".")
    meant = f"{name}.{rest.partition('.')[0] or question.workload.namespace}.svc.{domain}"
    if question.mesh.registry.of(meant):
        return meant
    service = service_of(host, domain)
    hosts = [item for item in question.mesh.registry if not item.startswith("*")]
    if service is not None:
        elsewhere = sorted(item for item in hosts if item.startswith(f"{service.name}."))
        if elsewhere:
            return elsewhere[0]
        hosts = [item for item in hosts if item.endswith(f".{service.namespace}.svc.{domain}")]
    return next(iter(get_close_matches(host, hosts, n=1, cutoff=0.85)), "")


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


# -- subsets ----------------------------------------------------------------------------------------------------


def _subset(question: Question, end: End) -> Repair | None:
    """A subset that is not defined: what to add, and where."""
    del question
    cluster = end.cluster
    if cluster is None or cluster.exists is not False or not cluster.name.subset or cluster.port is None:
        return None
    name = cluster.name.subset
    entry = f"`- {{name: {name}, labels: {{version: {name}}}}}`"
    if cluster.answer is None:
        return Repair(
            f"Add a DestinationRule with `host: {cluster.name.host}` and under `subsets` {entry}, with the labels of its pods."
        )
    rule = cluster.answer.rule
    names = [item.name for item in rule.subsets]
    near = get_close_matches(name, names, n=1)
    meant = f", or route to the subset {near[0]}" if near else ""
    return Repair(f"Add {entry} to spec.subsets of {rule.decider.ref}, with the labels of its pods{meant}.")


def _ready(question: Question, end: End) -> Repair | None:
    """Endpoints of a host: pods that are selected and not ready."""
    cluster = end.cluster
    if cluster is None or not cluster.exists or end.endpoint is not None or end.code is not Code.UNAVAILABLE:
        return None
    if cluster.seen is None or cluster.subset is not None:
        return None
    service = cluster.seen.registered
    selected = question.mesh.workloads.selected(service.namespace, service.selector)
    if not selected:
        return None
    labels = ",".join(f"{key}={value}" for key, value in service.selector.items())
    command = f"kubectl get pods --namespace={shlex.quote(service.namespace)} --selector={shlex.quote(labels)}"
    return Repair(
        f"See why no pod of {selected[0].ref} is ready, or listens on the target port of {service.resource.ref}.",
        command,
    )


# -- policies ---------------------------------------------------------------------------------------------------


def _policy(question: Question, end: End) -> Repair | None:
    """What a policy would have to say to let the call through."""
    if end.code is not Code.DENIED or end.access is None or end.access.decider is None:
        return None
    decider = end.access.decider
    where = f"{decider.policy.ref} {show(decider.said.path)}"
    if decider.action == "DENY":
        return Repair(f"Narrow {where}, so that it leaves out this call.")
    workload = question.workload
    account = str(workload.spec.get("serviceAccountName") or "default")
    caller = f"{question.mesh.options.trust_domain}/ns/{workload.namespace}/sa/{account}"
    path = question.call.method or "/package.Service/Method"
    rule = f"`{{from: [{{source: {{principals: [{caller}]}}}}], to: [{{operation: {{paths: [{path}]}}}}]}}`"
    if end.cluster is not None and not end.cluster.tls:
        return Repair(
            f"Make both sides mTLS (PeerAuthentication STRICT, DestinationRule ISTIO_MUTUAL): in plaintext nobody is {caller}. "
            f"Then {decider.policy.ref} needs a rule {rule}, if it has none."
        )
    return Repair(f"Add a rule to {decider.policy.ref} spec.rules: {rule}.")


RepairStrategy = Callable[[Question, End], Repair | None]
_WAYS: dict[Party, tuple[RepairStrategy, ...]] = {
    Party.PROXYLESS: (_pods, _agent, _dial, _subset, _ready, both_sides, _policy),
    Party.ENVOY: (_subset, _ready, both_sides, _policy),
    Party.AMBIENT: (_ready, _policy),
    Party.PLAIN: (_ready, _policy),
}
"""Ways to a repair by what calls, in order."""
_CODES: dict[RepairStrategy, tuple[str, ...]] = {
    _pods: ("PX129",),
    _agent: _AGENT,
    _dial: ("PX113", "PX114", "PX115", "PX206", "PX207"),
    _subset: ("PX511",),
    _ready: ("PX203", "PX113"),
    both_sides: _TLS,
    _policy: _ACCESS,
}
