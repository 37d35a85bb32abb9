"""The admin port of an application in a pod: which of its ports serves CSDS, and what it says there.

Called by ``cli.csds`` and ``adapters.taken``. Needs the extras ``cluster`` and ``xds``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.adapters import csds
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.forward import Forward
from proxyless.adapters.running import containers
from proxyless.errors import ClusterError, InputError
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, mapping, sequence

_TRIED = 8
"""Ports that are tried at most."""
_WAIT = 2.0
"""Seconds for a port of which nobody said that it serves CSDS."""
_NAMES = ("admin", "csds", "xds")
"""Parts of the name of a port that is tried before others."""


class Told(NamedTuple):
    """What an application says."""

    port: int
    applications: tuple[csds.XdsClientStatus, ...]


def ask(cluster: KubernetesApi, pod: Mapping[str, Any], port: int = 0, *, timeout: float = 5.0) -> Told:
    """What the application in a pod says of itself.

    Args:
        cluster: where.
        pod: a running pod.
        port: its admin port; 0: each port that its containers declare is tried, those first whose names say so.
        timeout: seconds for its answer.

    Raises:
        InputError: none of the ports serves CSDS.
        ClusterError: there is no way to the port; the message names the right that is missing.
    """
    ref = Ref("Pod", str(pod["metadata"]["namespace"]), str(pod["metadata"]["name"]))
    if port:
        return Told(port, _ask(cluster, ref, port, timeout))
    tried = list(dict.fromkeys((*named(pod), *declared(pod))))[:_TRIED]
    reasons = []
    for number in tried:
        try:
            return Told(number, _ask(cluster, ref, number, min(timeout, _WAIT)))
        except ClusterError as error:
            if error.status:  # of the API server: it answers the next port alike
                raise
            reasons.append(str(number))
        except InputError:
            reasons.append(str(number))
    said = f"tried {', '.join(reasons)}" if reasons else "its containers declare none"
    raise InputError(
        f"no port of {ref} serves CSDS in plaintext ({said}); register gRPC's admin services in the application, in Go "
        "admin.Register(server), or name their port with --port"
    )


def _ask(cluster: KubernetesApi, pod: Ref, port: int, timeout: float) -> tuple[csds.XdsClientStatus, ...]:
    where = f"port {port} of {pod}"
    with Forward(cluster, pod, port) as way:
        try:
            return csds.ask(way.address, timeout=timeout)
        except InputError as error:
            raise InputError(error.message.replace(way.address, where)) from error
        except ClusterError as error:
            told = f" ({way.error})" if way.error else ""
            raise ClusterError(f"no answer of gRPC in plaintext from {where}{told}") from error


def named(pod: Mapping[str, Any]) -> list[int]:
    """Ports of the application whose names tell that its admin services are there."""
    return [number for number, name in _declared(pod) if any(word in name for word in _NAMES)]


def declared(pod: Mapping[str, Any]) -> list[int]:
    """All ports that the containers of the application declare."""
    return [number for number, _ in _declared(pod)]


def _declared(pod: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for each in containers(pod, agent=False):
        for item in map(mapping, sequence(each.get("ports"))):
            number = item.get("containerPort")
            if isinstance(number, int) and item.get("protocol") != "UDP":
                yield number, str(item.get("name") or "")
