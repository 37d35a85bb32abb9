"""Mode own: we add the agent ourselves. One concern per file, run in the order of :data:`CONCERNS`.

Each concern reads the :class:`Rendering` and writes wishes into its patch, or a part of the agent's container. None
changes the pod.
"""

from collections.abc import Callable

from proxyless.inject.own.annotations import add_annotations
from proxyless.inject.own.application import wire_applications
from proxyless.inject.own.command import add_command
from proxyless.inject.own.environment import add_environment
from proxyless.inject.own.image import add_image
from proxyless.inject.own.labels import add_labels
from proxyless.inject.own.place import place_agent
from proxyless.inject.own.probes import add_probes, status_port
from proxyless.inject.own.prometheus import merge_metrics, secure_metrics
from proxyless.inject.own.pull_secrets import add_pull_secrets
from proxyless.inject.own.rendering import ANNOTATIONS, Rendering
from proxyless.inject.own.resources import add_resources
from proxyless.inject.own.security import add_security
from proxyless.inject.own.stub import merge_stub
from proxyless.inject.own.volumes import add_mounts, add_volumes
from proxyless.inject.patch import Patch
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.owner import owner
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.proxy_config import proxy_config
from proxyless.mesh.pod.surroundings import Namespace

CONCERNS: tuple[Callable[[Rendering], None], ...] = (
    # labels first: the direct bootstrap tells them to istiod
    add_labels,
    # the agent's container, part by part
    add_image,
    add_command,
    add_environment,
    merge_metrics,
    add_probes,
    add_resources,
    add_security,
    add_mounts,
    merge_stub,
    secure_metrics,
    place_agent,
    # the rest of the pod
    add_volumes,
    add_pull_secrets,
    wire_applications,
    # last: they name what was added
    add_annotations,
)


def render(
    pod: Pod, namespace: Namespace, settings: InjectionSettings, decision: Inject
) -> tuple[Patch, tuple[str, ...]]:
    """The patch that gives a pod the agent, and warnings for its author."""
    said = proxy_config(pod)
    port, remark = status_port(pod.annotations.get(keys.STATUS_PORT), said.config, settings)
    work = Rendering(
        pod=pod,
        namespace=namespace,
        settings=settings,
        decision=decision,
        patch=Patch(pod.raw),
        owner=owner(pod),
        said=said,
        labels=dict(pod.labels),
        status_port=port,
        agent={"name": keys.AGENT},
    )
    if said.config is None:
        work.warn(f"{said.remark}: its hold and proxyMetadata do not count; if Istio cannot either, no agent starts")
    elif said.remark:
        work.warn(said.remark)
    if remark:
        work.warn(remark)
        work.patch.drop(ANNOTATIONS, keys.STATUS_PORT)
    for concern in CONCERNS:
        concern(work)
    return work.patch, tuple(work.warnings)
