"""Why a host and port has no listener for a client, or what would have to be known to say so. Pure; used by ``client``."""

from typing import TYPE_CHECKING

from proxyless.mesh.effective.scope import VisibleHost
from proxyless.mesh.effective.visibility import export_path, is_listed
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

if TYPE_CHECKING:
    from proxyless.mesh.effective.client import ClientClass


class Hidden(NamedTuple):
    """Why, and the field that decides."""

    reason: str
    resource: Resource | None = None
    path: FieldPath = ()
    is_unknown: bool = False
    """Whether the objects at hand do not tell."""


def hidden(client: "ClientClass", seen: VisibleHost | None, host: str, port: int) -> Hidden:
    """Why a client has no listener for a host and port."""
    items = client.scope.registry.of(host)
    if not items:
        if client.is_known(host):
            return Hidden(f"no Service or ServiceEntry has the host {host}")
        return Hidden(f"no Service or ServiceEntry with the host {host} was given", is_unknown=True)
    sidecar = client.scope.sidecar
    if seen is not None:
        resource = seen.registered.resource
        if seen.registered.port(port) is None:
            return Hidden(f"{resource.ref} has no port {port}", resource, ("spec", "ports"))
        return Hidden(f"port {port} of {host} does not come in", seen.source, seen.path)
    listed = [item for item in items if is_listed(item.export, item.namespace, client.namespace)]
    if not listed:
        first = items[0].resource
        return Hidden(f"{first.ref} is not exported to namespace {client.namespace}", first, export_path(first))
    for listener in client.scope.listeners:
        for item in listed:
            path = listener.imports.takes_out(host, item.namespace)
            if path is not None:
                return Hidden(f"{sidecar.ref if sidecar else ''} takes {host} out", sidecar, path)
    name = sidecar.ref if sidecar is not None else "its Sidecar"
    return Hidden(f"{name} does not import {host}", sidecar, ("spec", "egress"))
