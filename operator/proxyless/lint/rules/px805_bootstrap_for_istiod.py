"""PX805: a bootstrap of the pod's own that leads to istiod, and that istiod or the library cannot work with."""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.bootstrap import Bootstrap, bootstrap
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Ref, Resource, mapping, sequence

_PLAINTEXT, _TLS = "15010", "15012"
_TEMPLATE = "server_listener_resource_name_template"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per thing that is wrong in a bootstrap whose text is known."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    for container in workload.pod.apps:
        found = bootstrap(container)
        if found is None or found.text is None:
            continue
        if found.content is None:
            yield _hit(
                workload, found, "is no JSON mapping: no channel of the scheme xds can be made", "Write it as JSON."
            )
        elif found.plane == "istiod":
            yield from _node(workload, found)
            yield from _credentials(workload, found)
            yield from _providers(workload, found, serves=bool(world.application_of(workload).serves))


def _node(workload: Workload, found: Bootstrap) -> Iterator[Hit]:
    metadata = mapping(mapping((found.content or {}).get("node")).get("metadata"))
    generator = metadata.get("GENERATOR")
    if generator != "grpc":
        said = f"says GENERATOR: {generator}" if generator else "has no GENERATOR"
        yield _hit(
            workload,
            found,
            f"leads to istiod, and its node.metadata {said}: istiod answers as to an Envoy, and no target is found",
            'Write "GENERATOR": "grpc" into node.metadata.',
        )


def _credentials(workload: Workload, found: Bootstrap) -> Iterator[Hit]:
    port = found.uri.rpartition(":")[2]
    kinds = [str(mapping(item).get("type")) for item in sequence(found.server.get("channel_creds"))]
    kind = next(iter(kinds), "")
    if port == _TLS and kind == "insecure":
        said = f"asks istiod's port {_TLS} in plaintext, which speaks TLS: the stream never opens"
        yield _hit(workload, found, said, f"Use tls credentials with a certificate or token, or port {_PLAINTEXT}.")
    elif port == _PLAINTEXT and kind == "tls":
        said = f"asks istiod's port {_PLAINTEXT} with TLS, which speaks plaintext: the stream never opens"
        yield _hit(workload, found, said, f"Use port {_TLS}.")
    elif port == _PLAINTEXT:
        said = "reads its configuration from istiod in plaintext: anyone on the way can read and change it"
        remedy = f"Use port {_TLS} with tls credentials, or let proxyless inject the pod."
        yield _hit(workload, found, said, remedy, Severity.WARNING)


def _providers(workload: Workload, found: Bootstrap, *, serves: bool) -> Iterator[Hit]:
    content = found.content or {}
    if "default" not in mapping(content.get("certificate_providers")):
        said = "has no certificate provider named default: clusters and listeners with mTLS are rejected"
        remedy = 'Add "certificate_providers": {"default": ...} with the plugin file_watcher.'
        yield _hit(workload, found, said, remedy, Severity.WARNING, "mTLS is asked of it or of whom it calls")
    if serves and not content.get(_TEMPLATE):
        said = f"has no {_TEMPLATE}: an xDS server cannot start with it"
        yield _hit(workload, found, said, f'Add "{_TEMPLATE}": "xds.istio.io/grpc/lds/inbound/%s".')


def _hit(  # noqa: PLR0917  the parts of one finding
    workload: Workload, found: Bootstrap, said: str, remedy: str, severity: Severity | None = None, applies: str = ""
) -> Hit:
    name = "The bootstrap"
    related: tuple[Ref, ...] = ()
    place = found.source
    if place.place == "configmap":
        name = f"The bootstrap in {place.path[-1]} of ConfigMap {place.name}"
        related = (Ref("ConfigMap", workload.namespace, place.name),)
    return Hit(found.variable.path, f"{name} {said}.", remedy, severity=severity, applies=applies, related=related)


RULE = Rule(
    code="PX805",
    slug="bootstrap-for-istiod",
    summary="A bootstrap of the pod's own leads to istiod, and cannot work with it.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    needs=("env", "envFrom"),
    remedy="Let the agent write the bootstrap, or write it as the page says.",
    evidence=(
        "istio pilot/pkg/networking/grpcgen: GENERATOR chooses what is sent",
        "https://github.com/grpc/grpc-go/issues/4150",
        "failure modes B6, B7 and B8",
    ),
)
