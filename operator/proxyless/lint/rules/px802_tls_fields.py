"""PX802: Istio up to 1.28 sends mTLS in deprecated fields alone, which grpc-java 1.73 to 1.76 and Node reject."""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload, speaks
from proxyless.lint.libraries import library, library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import Mode
from proxyless.mesh.traffic import levels
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.memory import index_of
from proxyless.model.resource import WORKLOADS, Resource, mapping
from proxyless.model.truth import Truth
from proxyless.model.version import Language, Span

_BOTH = Span.parse("1.29..")
_LANGUAGES = (Language.JAVA, Language.NODE)


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload whose library rejects mTLS as this Istio sends it."""
    workload = world.workload(subject)
    istio = world.settings.istio
    if workload is None or not is_grpc(world, workload) or (istio is not None and istio in _BOTH):
        return
    client = world.client_of(workload)
    if client.language is None or client.language not in _LANGUAGES:
        return
    if world.matrix.support("tls.deprecated_provider_fields", client.language, client.version).truth is not Truth.NO:
        return
    doubts = [] if istio is not None else ["Istio is older than 1.29"]
    if not _uses_mtls(workload, world):
        doubts.append("mTLS is used: a DestinationRule says ISTIO_MUTUAL, or a PeerAuthentication STRICT")
    which = f"Istio {istio}" if istio is not None else "Istio up to 1.28"
    message = (
        f"{library(client)} rejects mTLS as {which} sends it: each cluster and listener with it is refused (NACK)."
    )
    yield library_hit(workload, world, message, applies=", and ".join(doubts))


def _uses_mtls(workload: Workload, world: World) -> bool:
    return peer_of(world, workload)[0].mode is Mode.STRICT or _some_mutual(world)


@index_of("DestinationRule")
def _some_mutual(world: World) -> bool:
    return any(
        mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL"
        for rule in world.seen("DestinationRule")
        for level in levels(rule)
    )


def _matters(world: World) -> bool:
    istio = world.settings.istio
    return speaks(world, *_LANGUAGES) and (istio is None or istio not in _BOTH)


RULE = Rule(
    code="PX802",
    slug="tls-fields",
    summary="The library rejects the fields in which this Istio sends mTLS.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    awake=_matters,
    gate=is_grpc_workload,
    check=check,
    remedy="Upgrade Istio to 1.29 or later; with Java, grpc-java 1.77.1 or later, or 1.72, works too.",
    evidence=(
        "matrix grpc tls.deprecated_provider_fields",
        "https://github.com/grpc/grpc-java/issues/12435",
        "failure mode B3",
    ),
    reads=("DestinationRule", "PeerAuthentication"),
)
