"""PX109: the agent serves one xDS stream at a time, and current libraries open one per target and one per server.

The largest unsolved problem of proxyless users; all figures were measured. Certain only where library, version and the
number of streams are known; elsewhere the finding says under which condition it applies.
"""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.libraries import library
from proxyless.lint.releases import first_with
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.lint.xds_streams import XdsStreams, direct_support, streams_of
from proxyless.matrix.query import Matrix
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client, Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth

_PER_TARGET = "proto.per_target_xds_client"
_GO_DIRECT = (
    "Let the application reach istiod directly with the agent's certificate: pod annotation proxyless.dev/xds: direct."
)
_SAY = (
    'Say what it is: annotations proxyless.dev/language, proxyless.dev/grpc-version, proxyless.dev/targets ("0" for a pure '
    'server), proxyless.dev/server ("false" for a pure client).'
)


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload that opens, or may open, more than one stream to the agent."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    client = world.client_of(workload)
    one_each = _opens_many(client, world) is Truth.NO
    if one_each and len(workload.pod.apps) < 2:  # noqa: PLR2004  asked first, since the streams take long to count
        return
    if len(workload.pod.apps) < 2 and world.targets_of(workload) == 0:  # noqa: PLR2004  a server alone, as most are
        return
    streams = streams_of(workload, world)
    if streams is None or streams.most < 2:  # noqa: PLR2004
        return
    if one_each and streams.processes < 2:  # noqa: PLR2004
        return
    where = _place(workload)
    if streams.processes > 1:
        names = " and ".join(streams.containers)
        message = f"Containers {names} both read xDS through the agent, which serves one stream at a time: they cut each other off for ever."
        yield Hit(where, message, remedy=remedy(client, world.matrix, processes=True))
        return
    yield from _one_process(where, client, streams, world)


def _one_process(where: tuple[str | int, ...], client: Client, streams: XdsStreams, world: World) -> Iterator[Hit]:
    """Several streams of one process: only libraries that open one per target do that."""
    each = _opens_many(client, world)
    conditions = [streams.condition] if streams.least < 2 else []  # noqa: PLR2004
    if each is Truth.UNKNOWN:
        conditions.append(f"the library is {first_with(world, _PER_TARGET)} or newer")
    who = f"{library(client)} opens" if client.language else "Current libraries open"
    message = f"{who} {streams.words}, and the agent serves one xDS stream at a time: {_harm(client)}."
    unknown = len([condition for condition in conditions if condition]) > 1
    yield Hit(
        where,
        message,
        remedy=remedy(client, world.matrix),
        severity=Severity.INFO if unknown else Severity.ERROR,
        applies=", and ".join(filter(None, conditions)),
    )


def _opens_many(client: Client, world: World) -> Truth:
    """Whether a library opens one stream per target."""
    if client.language is None:
        return Truth.UNKNOWN
    return world.matrix.support(_PER_TARGET, client.language, client.version).truth


def _place(workload: Workload) -> tuple[str | int, ...]:
    if workload.templates:
        return workload.metadata_path("annotations", TEMPLATES)
    return (*workload.path, "spec", "containers")


def _harm(client: Client) -> str:
    if client.language is Language.GO:
        return "a target whose first stream is cut stays dead"
    dead = "" if client.language is not None else ", with Go a target stays dead"
    return f"calls fail at start and configuration goes stale{dead}"


def remedy(client: Client, matrix: Matrix, *, processes: bool = False) -> str:
    """What to do with a library; ``processes`` where containers cut each other off, whatever their library."""
    direct = direct_support(client, matrix)
    if client.framework is not Framework.GRPC or client.language is None:
        return _SAY
    if direct is not None:
        if direct.truth is not Truth.NO:
            return _GO_DIRECT
        return f"Upgrade to {direct.since} or later. {_GO_DIRECT}"
    if processes:
        return "Split the containers into pods of their own, or put a proxy that joins streams between them and istiod."
    if client.language is Language.JAVA:
        first = matrix.support(_PER_TARGET, client.language).since
        return (
            f"Use one target per process and no xDS server beside it, or grpc-java below {first}, or put a proxy that joins streams "
            "in between. The annotation proxyless.dev/xds: direct does not help: grpc-java ignores the certificate."
        )
    return f"Use one target per process and no xDS server beside it; direct is not tried with {client.language.title}."


RULE = Rule(
    code="PX109",
    slug="several-xds-streams",
    summary="A pod opens more than one xDS stream, and the agent serves one at a time.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    remedy=_SAY,
    evidence=(
        "matrix grpc proto.per_target_xds_client",
        "matrix istio DialTarget agent",
        "https://github.com/istio/istio/issues/53532",
        "https://github.com/grpc/grpc-go/issues/7691",
    ),
    reads=("Namespace", "Service"),
)
