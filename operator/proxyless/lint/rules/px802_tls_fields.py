"""PX802: Istio up to 1.28 sends mTLS in deprecated fields alone, which grpc-java 1.73 to 1.76 and Node reject."""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload, speaks
from proxyless.lint.libraries import library, library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import MtlsMode
from proxyless.mesh.traffic import levels
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client, Language
from proxyless.model.finding import Severity
from proxyless.model.grouping import grouped, itself
from proxyless.model.resource import WORKLOADS, Ref, Resource, mapping
from proxyless.model.truth import Truth

_FEATURE = "tls.deprecated_provider_fields"
_NEW_FIELDS = "istio.provider_instance_fields"
_LANGUAGES = (Language.JAVA, Language.NODE)


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload whose library rejects mTLS as this Istio sends it."""
    workload = world.workload(subject)
    istio, both = world.settings.istio, world.matrix.behavior(_NEW_FIELDS)
    if workload is None or not is_grpc(world, workload) or both.holds(istio) is Truth.YES:
        return
    client = world.client_of(workload)
    if client.language is None or client.language not in _LANGUAGES:
        return
    if world.matrix.support(_FEATURE, client.language, client.version).truth is not Truth.NO:
        return
    doubts = [] if istio is not None else [f"Istio is older than {both.releases.first}"]
    if not _uses_mtls(workload, world):
        doubts.append("mTLS is used: a DestinationRule says ISTIO_MUTUAL, or a PeerAuthentication STRICT")
    which = f"Istio {istio}" if istio is not None else f"Istio {both.releases.before()}"
    message = (
        f"{library(client)} rejects mTLS as {which} sends it: each cluster and listener with it is refused (NACK)."
    )
    remedy = f"Upgrade Istio to {both.releases.first} or later{_or_library(client, world)}."
    yield library_hit(workload, world, message, remedy=remedy, applies=", and ".join(doubts))


def _or_library(client: Client, world: World) -> str:
    """Releases of the library that take the old fields, newest first."""
    spans = world.matrix.support(_FEATURE, client.language, None).spans if client.language else ()
    words = [f"{span.first} or later" if span.last is None else str(span.last) for span in reversed(spans)]
    return f", or the library to {', or to '.join(words)}" if words else ""


def _uses_mtls(workload: Workload, world: World) -> bool:
    return peer_of(world, workload)[0].mode is MtlsMode.STRICT or bool(_mutual(world))


@grouped("DestinationRule", of=itself)
def _mutual(rule: Resource, _: World) -> list[Ref]:
    """DestinationRules that say ISTIO_MUTUAL somewhere, each by itself."""
    modes = (mapping(level.policy.get("tls")).get("mode") for level in levels(rule))
    return [rule.ref] if "ISTIO_MUTUAL" in modes else []


def _matters(world: World) -> bool:
    both = world.matrix.behavior(_NEW_FIELDS).holds(world.settings.istio)
    return speaks(world, *_LANGUAGES) and both is not Truth.YES


RULE = Rule(
    code="PX802",
    slug="tls-fields",
    summary="The library rejects the fields in which this Istio sends mTLS.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    awake=_matters,
    gate=is_grpc_workload,
    check=check,
    by_value=True,
    remedy="Upgrade Istio, or the library.",
    evidence=(
        "matrix grpc tls.deprecated_provider_fields",
        "https://github.com/grpc/grpc-java/issues/12435",
        "failure mode B3",
    ),
    reads=("DestinationRule", "PeerAuthentication"),
)
