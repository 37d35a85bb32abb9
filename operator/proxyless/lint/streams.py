"""Shared reading of xDS streams: how many a pod opens to the agent, as far as manifests tell. Decides nothing.

Source: one stream per process in old libraries, one per distinct target and one per xDS server since gRFC A71.
"""

from typing import NamedTuple

from proxyless.lint.pods import AGENT, app_containers, injected_by_us, own_bootstrap, variable, words_of
from proxyless.lint.servers import services_before
from proxyless.lint.world import World
from proxyless.matrix.query import Matrix
from proxyless.matrix.support import Support
from proxyless.mesh.workload import Workload
from proxyless.model.truth import Truth
from proxyless.model.version import Client

SERVER = "proxyless.dev/server"
"""Pod annotation or label: whether the application is an xDS server, which is a stream of its own."""
XDS = "proxyless.dev/xds"
"""Pod annotation for our injector: ``agent`` or ``direct``."""


class Streams(NamedTuple):
    """Streams through the agent of one pod, if its library opens one per target."""

    targets: int | None
    """Distinct targets; None: not known."""
    server: Truth
    containers: tuple[str, ...]
    """Containers that certainly use xDS through the agent."""

    @property
    def processes(self) -> int:
        """Processes that certainly use xDS: one per container."""
        return len(self.containers)

    @property
    def least(self) -> int:
        """Streams of one process that are certain."""
        return (self.targets or 0) + (self.server is Truth.YES)

    @property
    def most(self) -> int:
        """Streams that are possible; two stand for any number."""
        known = 2 if self.targets is None else self.targets + (self.server is not Truth.NO)
        return max(known, self.processes)

    @property
    def condition(self) -> str:
        """Under which condition there is more than one."""
        if self.targets is None:
            return "the application dials several targets, or one and is an xDS server too"
        return "the application is an xDS server too"

    @property
    def words(self) -> str:
        """The streams in words."""
        if self.targets is None:
            return "one stream per target and one for its server"
        count = f"{self.targets} target{'s' if self.targets != 1 else ''}"
        return f"one stream for each of {count}" + ("" if self.server is Truth.NO else " and one for its server")


def streams_of(workload: Workload, world: World) -> Streams | None:
    """Streams of a pod; None where it has no agent, or none of its containers uses the agent's bootstrap."""
    if AGENT not in workload.templates and not injected_by_us(workload, world):
        return None
    using, through = [], False
    for path, container in app_containers(workload):
        if own_bootstrap(container):
            continue
        through = True
        if variable(container, "GRPC_XDS_BOOTSTRAP") or any(
            "xds:///" in word.text for word in words_of(path, container)
        ):
            using.append(str(container.get("name", "")))
    if not through or workload.annotations.get(XDS) == "direct":
        return None
    return Streams(world.targets_of(workload), _serves(workload, world), tuple(using))


def said_of_server(workload: Workload) -> Truth:
    """What the pod itself says of being an xDS server, by annotation or label."""
    said = workload.annotations.get(SERVER) or workload.labels.get(SERVER)
    return Truth.of(said == "true") if said in ("true", "false") else Truth.UNKNOWN


def _serves(workload: Workload, world: World) -> Truth:
    """Whether the application is an xDS server: it can be none that serves without a Service for it."""
    said = said_of_server(workload)
    if said is not Truth.UNKNOWN:
        return said
    if services_before(world, workload):
        return Truth.UNKNOWN
    return Truth.NO if world.knows("Service", workload.namespace) else Truth.UNKNOWN


def goes_direct(workload: Workload, world: World, streams: Streams) -> bool:
    """Whether our injector repairs it by itself: it leads the application straight to istiod where it knows it can."""
    if not injected_by_us(workload, world) or workload.annotations.get(XDS) == "agent" or streams.least < 2:  # noqa: PLR2004
        return False
    client = world.client_of(workload)
    known = direct_support(client, world.matrix)
    return known is not None and client.version is not None and known.truth is Truth.YES


def direct_support(client: Client, matrix: Matrix) -> Support | None:
    """Releases of a library that were seen to reach istiod directly with the agent's certificate; None: not seen."""
    if client.language is None:
        return None
    known = matrix.support("bootstrap.tls_channel_creds", client.language, client.version)
    return known if known.measured and known.since else None
