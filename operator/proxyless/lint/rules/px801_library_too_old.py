"""PX801: a library that cannot talk to istiod at all, or that ignores mTLS from it."""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.libraries import library, library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.workload import environment_of
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth

_TEMPLATE = {"GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT": "true"}
"""What injection adds to the application's environment."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload whose named library lacks xDS, or security by xDS."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    client = world.client_of(workload)
    if client.language is None:
        return
    first = world.matrix.language(client.language).xds
    if first is None:
        message = (
            f"gRPC {client.language.title} has no xDS that istiod can talk to: the application cannot be proxyless."
        )
        yield library_hit(workload, world, message, remedy="Use an Envoy sidecar for it.")
    elif client.version is not None and client.version < first:
        message = f"{library(client)} is older than {first} and does not speak xDS v3: it gets nothing from istiod."
        yield library_hit(workload, world, message, remedy=f"Upgrade to {first} or later.")
    elif client.version is not None or client.language is Language.PHP:
        environment = {**_TEMPLATE, **environment_of(workload)}
        known = world.matrix.support("tls.client", client.language, client.version, environment)
        if known.truth is Truth.NO:
            message = f"{library(client)} ignores mTLS settings from istiod: it speaks plaintext whatever DestinationRules say."
            remedy = (
                f"Upgrade to {known.since} or later." if known.since else "Use an Envoy sidecar where mTLS is needed."
            )
            yield library_hit(workload, world, message, remedy=remedy, severity=Severity.WARNING)


RULE = Rule(
    code="PX801",
    slug="library-too-old",
    summary="The gRPC library cannot talk to istiod, or ignores mTLS from it.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    by_value=True,
    remedy="Upgrade the library.",
    evidence=("matrix grpc languages", "matrix grpc proto.v3", "matrix grpc tls.client"),
)
