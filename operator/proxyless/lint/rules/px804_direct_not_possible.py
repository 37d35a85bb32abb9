"""PX804: a pod asks to reach istiod directly with a library that aborts on, or ignores, such a bootstrap."""

from collections.abc import Iterator

from proxyless.lint.libraries import library
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.streams import XDS
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth
from proxyless.model.version import C_CORE, Language

_FEATURE = "bootstrap.tls_channel_creds"
_ABORTS = "aborts the process on such a bootstrap, or does not know its credentials"
_VERSIONED = {**dict.fromkeys(C_CORE, _ABORTS), Language.GO: "knows no tls credentials in a bootstrap"}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template that asks for ``direct`` in vain."""
    workload = world.workload(subject)
    if workload is None or workload.annotations.get(XDS) != "direct" or not is_grpc(world, workload):
        return
    client = world.client_of(workload)
    known = world.matrix.support(_FEATURE, client.language, client.version) if client.language else None
    why = ""
    if client.language is Language.JAVA:
        why = "ignores the certificate files of such a bootstrap, so istiod refuses it"
    elif client.language is Language.NODE:
        why = "refuses such a bootstrap: it knows google_default and insecure credentials only"
    elif client.language in _VERSIONED and known is not None and known.truth is Truth.NO:
        why = _VERSIONED[client.language]
    if why:
        upgrade = f"Upgrade to {known.since} or later." if known is not None and known.since else ""
        message = f"{library(client)} {why}: the pod is given the agent's socket instead."
        yield Hit(workload.metadata_path("annotations", XDS), message, remedy=upgrade)


RULE = Rule(
    code="PX804",
    slug="direct-not-possible",
    summary="A pod asks to reach istiod directly, which its library cannot.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    needs=(XDS,),
    remedy="Remove the annotation, and keep to one xDS stream: one target per process and no xDS server beside it.",
    evidence=("matrix grpc bootstrap.tls_channel_creds", "matrix grpc bootstrap.channel_creds"),
)
