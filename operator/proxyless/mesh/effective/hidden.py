"""Why a host and port has no listener for a client, or what would have to be known to say so. Pure; used by ``client``."""

from collections.abc import Callable

from proxyless.mesh.effective.scope import SidecarScope, VisibleHost
from proxyless.mesh.effective.visibility import export_path, is_listed
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource


class Hidden(NamedTuple):
    """Why, and the field that decides."""

    reason: str
    resource: Resource | None = None
    path: FieldPath = ()
    is_unknown: bool = False
    """Whether the objects at hand do not tell."""


def hidden(
    scope: SidecarScope, is_known: Callable[[str], bool], seen: VisibleHost | None, host: str, port: int
) -> Hidden:
    """Why a client has no listener for a host and port.

    Args:
        scope: what the client can find.
        is_known: whether a host that no object registers certainly does not exist.
        seen: the host as the client finds it, None where it does not.
        host: full host.
        port: its number.
    """
    items = scope.registry.of(host)
    if not items:
        if is_known(host):
            return Hidden(f"no Service or ServiceEntry has the host {host}")
        return Hidden(f"no Service or ServiceEntry with the host {host} was given", is_unknown=True)
    sidecar = scope.sidecar
    if seen is not None:
        resource = seen.registered.resource
        if seen.registered.port(port) is None:
            return Hidden(f"{resource.ref} has no port {port}", resource, ("spec", "ports"))
        return Hidden(f"port {port} of {host} does not come in", seen.source, seen.path)
    listed = [item for item in items if is_listed(item.export, item.namespace, scope.namespace)]
    if not listed:
        first = items[0].resource
        return Hidden(f"{first.ref} is not exported to namespace {scope.namespace}", first, export_path(first))
    for listener in scope.listeners:
        for item in listed:
            path = listener.imports.takes_out(host, item.namespace)
            if path is not None:
                return Hidden(f"{sidecar.ref if sidecar else ''} takes {host} out", sidecar, path)
    name = sidecar.ref if sidecar is not None else "its Sidecar"
    return Hidden(f"{name} does not import {host}", sidecar, ("spec", "egress"))
