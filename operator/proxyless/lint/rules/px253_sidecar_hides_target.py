"""PX253: a Sidecar's imports hold for proxyless clients to the letter: a host outside them cannot be dialed."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.host import covers, service_of
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per host that a proxyless workload dials and that the Sidecar which counts for it does not import."""
    hosts = [
        str(host) for entry in sequence(subject.spec.get("egress")) for host in sequence(mapping(entry).get("hosts"))
    ]
    if not hosts:
        return
    hidden: dict[str, Workload] = {}
    for workload in grpc_workloads(world, subject.namespace, _labels(subject)):
        if _sidecar_of(workload, world) is not subject:
            continue
        for target in dialed(workload):
            host = dialed_host(target, workload.namespace, world.settings.domain).host
            if not any(_imports(item, host, workload.namespace, world) for item in hosts):
                hidden.setdefault(host, workload)
    for host, workload in hidden.items():
        home = service_of(host, world.settings.domain)
        yield Hit(
            ("spec", "egress"),
            f"{workload.ref} dials xds:///{host}, which this Sidecar does not import: istiod sends it no listener, and every "
            "call fails. There is no passthrough for gRPC.",
            f"Add `{home.namespace if home else '*'}/{host}` to the hosts of an egress entry.",
            related=(workload.ref,),
            deny=False,
        )


def _labels(sidecar: Resource) -> dict[str, object]:
    return dict(mapping(mapping(sidecar.spec.get("workloadSelector")).get("labels")))


def _sidecar_of(workload: Workload, world: World) -> Resource | None:
    """The Sidecar that counts: one that selects the workload, else its namespace's, else the root namespace's."""
    own = world.seen("Sidecar", workload.namespace)
    chosen = [item for item in own if (labels := _labels(item)) and selects(labels, workload.labels)]
    chosen += [item for item in own if not _labels(item)]
    chosen += [item for item in world.seen("Sidecar", world.settings.root_namespace) if not _labels(item)]
    return chosen[0] if chosen else None


def _imports(item: str, host: str, own: str, world: World) -> bool:
    """Whether ``namespace/host`` imports a host; the namespace of a foreign host is not known, and taken to fit."""
    namespace, slash, pattern = item.partition("/")
    if not slash:
        namespace, pattern = "*", item
    home = service_of(host, world.settings.domain)
    wanted = own if namespace == "." else namespace
    return covers(pattern, host) and namespace != "~" and (wanted == "*" or home is None or wanted == home.namespace)


RULE = Rule(
    code="PX253",
    slug="sidecar-hides-target",
    summary="A proxyless workload dials a host that its Sidecar does not import.",
    severity=Severity.ERROR,
    kinds=("Sidecar",),
    check=check,
    remedy="Import the host in an egress entry.",
    evidence=(
        "matrix istio Sidecar spec.egress[].hosts[]",
        "istio pilot/pkg/networking/grpcgen/lds.go buildOutboundListeners",
    ),
)
