"""PX103: without hold the application starts before the agent has written bootstrap and certificates."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import sets_proxy_config
from proxyless.lint.gates import has_templates
from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import PROXY_CONFIG, TEMPLATES
from proxyless.mesh.pod.proxy_config import HOLD, proxy_config
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

_RACE = "the application may dial or serve before the agent has written bootstrap and certificates, and fail at start"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod with the agent's template that does not wait for it."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates or not is_grpc(world, workload):
        return
    config = proxy_config(workload.pod)
    said = config.hold
    if said or (said is None and (world.settings.hold_default or injected_by_us(workload, world))):
        return
    path = workload.metadata_path("annotations", PROXY_CONFIG)
    what = "is false" if said is False else "is not set" if config.config is not None else "cannot be read"
    yield Hit(path, f"{HOLD} {what}: {_RACE}.", fix=sets_proxy_config(workload, {HOLD: True}, safe=said is None))


RULE = Rule(
    code="PX103",
    slug="missing-hold",
    summary="The application does not wait for the agent.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=has_templates,
    check=check,
    by_value=True,
    needs=(TEMPLATES,),
    remedy="""Annotate the pods proxy.istio.io/config: '{"holdApplicationUntilProxyStarts": true}', or set it for the mesh.""",
    evidence=("istio grpc-agent template and container order", "failure mode A7"),
    reads=("Namespace",),
    fixes=("safe", "unsafe"),
)
