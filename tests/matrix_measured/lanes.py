"""Namespaces with one xDS server per library, where policies are tried one after another. Called by `play`.

A policy of a case selects all servers of its lane, so one application of it measures every library.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.polyglot import PKCS8
from lab.node.programs import Program
from matrix_measured import objects
from matrix_measured.stage import Stage


@dataclass
class Lane:
    """One namespace; made by `open_lane`."""

    name: str
    servers: tuple[Program, ...]
    addresses: dict[str, str] = field(default_factory=dict)
    """Pod address by library."""

    @property
    def caller(self) -> str:
        """Name of the client that calls its servers, and no others'."""
        return f"caller-{self.name}"


def target(lane: Lane, library: Program) -> str:
    """What clients dial for a library's server."""
    return f"xds:///server-{library.name}.{lane.name}.svc.cluster.local:{echo.PORT}"


def open_lane(stage: Stage, name: str, *, strict: bool) -> Lane:
    """Servers of all libraries that have an xDS server, ready and answering; one that does not answer is left out, with a word."""
    lane = Lane(name, tuple(item for item in stage.libraries if item.serves))
    labels = {"istio-injection": "enabled"}
    stage.cluster.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    stage.apply(_policies(lane, strict=strict))
    stage.caller(lane.caller)

    def bring(library: Program) -> Program | None:
        try:
            stage.apply(_server(stage, lane, library))
            objects.await_ready(stage.cluster.api, name, f"server-{library.name}", timeout=_PATIENCE)
            _answers(stage, lane, library, strict=strict)
        except (LabError, TimeoutError) as error:
            print(f"{name}: no server of {library.name} to measure: {error}", flush=True)
            return None
        lane.addresses[library.name] = echo.pods(stage.cluster, name, library=library.name)[0]["status"]["podIP"]
        return library

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        lane.servers = tuple(library for library in pool.map(bring, lane.servers) if library)
    return lane


_AT_ONCE = 3
"""Servers that start at a time: on a busy machine an agent that starts beside many others is given up by the kubelet."""
_PATIENCE = 240.0


def close_lane(stage: Stage, lane: Lane) -> None:
    """Servers and caller go; does not wait for it."""
    stage.end_caller(lane.caller)
    stage.cluster.api.request("DELETE", f"/api/v1/namespaces/{lane.name}")


def _answers(stage: Stage, lane: Lane, library: Program, *, strict: bool) -> None:
    """Wait until a server is as the lane means it."""
    pod = echo.pods(stage.cluster, lane.name, library=library.name)[0]["status"]["podIP"]
    caller = stage.caller(lane.caller)

    def fine() -> bool:
        if strict:
            result = caller.call(target(lane, library))[0]
            return "error" not in result and bool(result["tls"])
        return "error" not in caller.call(f"{pod}:{echo.TARGET_PORT}", insecure=True)[0]

    wait_until(f"server of {library.name} in {lane.name}", fine, timeout=_PATIENCE, every=0.3)


def _server(stage: Stage, lane: Lane, library: Program) -> list[dict[str, Any]]:
    """Deployment and Service of one library's server."""
    name = f"server-{library.name}"
    image = stage.images[library.language, library.version]
    deployment = echo.deployment(
        name, lane.name, image, app="server", version=library.name, labels={"library": library.name}, annotations=PKCS8
    )
    spec = {
        "selector": {"library": library.name},
        "ports": [{"name": "grpc", "port": echo.PORT, "targetPort": echo.TARGET_PORT}],
    }
    meta = {"name": name, "namespace": lane.name}
    return [deployment, {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}]


def _policies(lane: Lane, *, strict: bool) -> list[dict[str, Any]]:
    """What holds for all its servers."""
    mutual = {"host": f"*.{lane.name}.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}
    made = [_istio("networking.istio.io/v1", "DestinationRule", lane, mutual)]
    if strict:
        made.append(_istio("security.istio.io/v1", "PeerAuthentication", lane, {"mtls": {"mode": "STRICT"}}))
    return made


def _istio(group: str, kind: str, lane: Lane, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "lane", "namespace": lane.name}, "spec": spec}
