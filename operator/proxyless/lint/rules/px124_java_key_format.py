"""PX124: Istio's agent writes its key as PKCS#1, which gRPC Java cannot read, so that mTLS fails.

Pods of our own injector are left out: it tells the agent to write PKCS#8.
"""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import sets_proxy_config
from proxyless.lint.destinations import destination_rules
from proxyless.lint.gates import has_templates, speaks
from proxyless.lint.pods import injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, listeners_of
from proxyless.lint.world import World
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.host import service_of
from proxyless.mesh.peer import Speaks
from proxyless.mesh.pod.agent import agent_variable
from proxyless.mesh.pod.keys import PKCS8_KEY, PROXY_CONFIG, TEMPLATES
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.traffic import effective_policy
from proxyless.mesh.workload import Workload, dialed, wants_agent
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import WORKLOADS, Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template with gRPC Java whose agent Istio's injector adds."""
    workload = world.workload(subject)
    if workload is None or not wants_agent(workload) or not is_grpc(world, workload):
        return
    if world.client_of(workload).language is not Language.JAVA or injected_by_us(workload, world):
        return
    if _told(workload, world):
        return
    why = _mtls(workload, world)
    message = "The agent writes its key as PKCS#1, which gRPC Java cannot read: " + (
        f"calls with mTLS fail, and there are such: {why}." if why else "calls fail as soon as mTLS is asked for."
    )
    doubt = "" if world.seen("MeshConfig") else "the mesh's proxyMetadata does not set PKCS8_KEY"
    applies = doubt if why else ""
    severity = Severity.ERROR if why else Severity.INFO
    fix = sets_proxy_config(workload, {"proxyMetadata": {PKCS8_KEY: "true"}}, safe=True)
    yield Hit(_path(workload), message, severity=severity, applies=applies, fix=fix)


def _path(workload: Workload) -> FieldPath:
    key = PROXY_CONFIG if PROXY_CONFIG in workload.annotations else TEMPLATES
    return workload.metadata_path("annotations", key)


def _told(workload: Workload, world: World) -> bool:
    """Whether the agent is told to write PKCS#8: by the pod, its own agent container, a ProxyConfig or the MeshConfig."""
    said = agent_variable(workload.pod, PKCS8_KEY)
    if said is not None:
        return said.is_true or said.value is None
    root = world.settings.root_namespace
    said_of_pods = [
        config.spec.get("environmentVariables")
        for namespace in dict.fromkeys((workload.namespace, root))
        for config in world.seen("ProxyConfig", namespace)
        if selects(match_labels(config), workload.labels)
    ]
    meshes = [mapping(item.body.get("defaultConfig")).get("proxyMetadata") for item in world.seen("MeshConfig")]
    return any(str(mapping(item).get(PKCS8_KEY)).lower() == "true" for item in (*said_of_pods, *meshes))


def _mtls(workload: Workload, world: World) -> str:
    """Which of its connections certainly use mTLS, empty where none does."""
    for listener in listeners_of(world, workload):
        if Speaks.TLS in listener.server.speaks:
            return f"its own port {listener.target}"
    domain = world.settings.domain
    for target in dialed(workload):
        host, port = dialed_host(target, workload.namespace, domain)
        home = service_of(host, domain)
        answer = destination_rules(world, host).effective(
            host,
            service_namespace=home.namespace if home else workload.namespace,
            client_namespace=workload.namespace,
            labels=workload.labels,
        )
        if answer and effective_policy(answer.rule, port=port).tls_mode == "ISTIO_MUTUAL":
            return host
    return ""


def _speaks_java(world: World) -> bool:
    return speaks(world, Language.JAVA)


RULE = Rule(
    code="PX124",
    slug="java-key-format",
    summary="The agent of a Java application writes its key in a format that gRPC Java cannot read.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    awake=_speaks_java,
    gate=has_templates,
    check=check,
    needs=(TEMPLATES,),
    remedy=(
        'Add `proxyMetadata: {PKCS8_KEY: "true"}` to the pod annotation proxy.istio.io/config, or let proxyless inject the pod.'
    ),
    evidence=(
        "matrix grpc tls.client",
        "run with pods: Java 1.66.0 and 1.85.1 fail every handshake without it; all other libraries read both formats",
        "istio pilot/cmd/pilot-agent/options/options.go PKCS8_KEY",
    ),
    reads=("Namespace", "Service", "PeerAuthentication", "DestinationRule", "ProxyConfig", "MeshConfig"),
    fixes=("safe",),
)
