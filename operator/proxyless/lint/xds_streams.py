"""Helpers that rules share to tell how many xDS streams a pod opens to the agent, as far as manifests show; they never create findings.

Source: one stream per process in old libraries, one per distinct target and one per xDS server since gRFC A71.
"""

from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.servers import services_before
from proxyless.lint.world import World
from proxyless.matrix.query import Matrix
from proxyless.matrix.support import Support
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.bootstrap import bootstrap
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.targets import dialed
from proxyless.mesh.pod.variables import variable
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth


class XdsStreams(NamedTuple):
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


def streams_of(workload: Workload, world: World) -> XdsStreams | None:
    """Streams of a pod; None where it has no agent, or none of its containers uses the agent's bootstrap."""
    ours = injected_by_us(workload, world)
    if (AGENT not in workload.templates and not ours) or _goes_direct(workload, world, ours=ours):
        return None
    through = [container for container in workload.pod.apps if bootstrap(container) is None]
    if not through:
        return None
    using = tuple(item.name for item in through if variable(item, keys.BOOTSTRAP) is not None or dialed(item))
    return XdsStreams(world.targets_of(workload), _serves(workload, world), using)


def said_of_server(workload: Workload, world: World) -> Truth:
    """Whether the pod declares that it is an xDS server, by annotation or label."""
    said = world.application_of(workload).serves
    return Truth.UNKNOWN if said is None else Truth.of(said)


def _serves(workload: Workload, world: World) -> Truth:
    """Whether the application is an xDS server: it can be none that serves without a Service for it."""
    said = said_of_server(workload, world)
    if said is not Truth.UNKNOWN:
        return said
    if services_before(world, workload):
        return Truth.UNKNOWN
    return Truth.NO if world.knows("Service", workload.namespace) else Truth.UNKNOWN


def _goes_direct(workload: Workload, world: World, *, ours: bool) -> bool:
    """Whether our injector leads the application straight to istiod. An annotation of ours that says so stands for it."""
    profile = world.profile_of(workload)
    if not ours and keys.XDS not in workload.annotations and (profile is None or profile.xds is None):
        return False
    decision = world.decision_of(workload)
    if isinstance(decision, Skip):
        return ours and '"xds":"direct"' in (workload.pod.annotation(keys.MARK) or "")
    return decision.xds == "direct"


def direct_support(client: Client, matrix: Matrix) -> Support | None:
    """Releases of a library that were seen to reach istiod directly with the agent's certificate; None: not seen."""
    if client.language is None:
        return None
    known = matrix.support("bootstrap.tls_channel_creds", client.language, client.version)
    return known if known.measured and known.since else None
