"""What a glance tells of who sees an object, before the model is asked. Gates of rules; a test compares. Decides nothing."""

from proxyless.lint.world import World
from proxyless.mesh.effective.indexes import registering
from proxyless.mesh.effective.visibility import written_export
from proxyless.mesh.istio_settings import MESH_CONFIG
from proxyless.mesh.service import host_of
from proxyless.model.resource import Resource, sequence


def may_hide(subject: Resource, world: World) -> bool:
    """Whether a Sidecar, Service or ServiceEntry may keep a host from clients, or from ports that another one has for it."""
    if subject.kind == "Sidecar" or written_export(subject) or world.seen(MESH_CONFIG):
        return True
    if not world.seen("ServiceEntry"):
        return False
    hosts = (
        map(str, sequence(subject.spec.get("hosts")))
        if subject.kind == "ServiceEntry"
        else (host_of(subject, world.settings.domain),)
    )
    return any(len(registering(world).get(host)) > 1 for host in hosts)
