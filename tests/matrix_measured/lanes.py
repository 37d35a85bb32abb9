"""Namespaces with one xDS server per library, where policies are tried one after another. Called by `run`.

A policy of a case selects all servers of its lane, so one application of it measures every library.
"""

from dataclasses import dataclass, field
from typing import Any

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.polyglot import PKCS8
from lab.node.programs import Program
from matrix_measured.stage import Stage


@dataclass
class Lane:
    """One namespace; made by `open_lane`."""

    name: str
    servers: tuple[Program, ...]
    addresses: dict[str, str] = field(default_factory=dict)
    """Pod address by library."""


def target(lane: Lane, library: Program) -> str:
    """What clients dial for a library's server."""
    return f"xds:///server-{library.name}.{lane.name}.svc.cluster.local:{echo.PORT}"


def open_lane(stage: Stage, name: str, *, strict: bool) -> Lane:
    """Servers of all libraries that have an xDS server, ready and answering; one that does not answer is left out, with a word."""
    lane = Lane(name, tuple(item for item in stage.libraries if item.serves))
    labels = {"istio-injection": "enabled"}
    stage.cluster.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    stage.apply(_objects(stage, lane, strict=strict))
    ready = []
    for library in lane.servers:
        try:
            echo.await_deployment(stage.cluster, name, f"server-{library.name}", timeout=240)
            _answers(stage, lane, library, strict=strict)
        except (LabError, TimeoutError) as error:
            print(f"{name}: no server of {library.name} to measure: {error}")
            continue
        lane.addresses[library.name] = echo.pods(stage.cluster, name, library=library.name)[0]["status"]["podIP"]
        ready.append(library)
    lane.servers = tuple(ready)
    return lane


def _answers(stage: Stage, lane: Lane, library: Program, *, strict: bool) -> None:
    """Wait until a server is as the lane means it."""
    pod = echo.pods(stage.cluster, lane.name, library=library.name)[0]["status"]["podIP"]
    caller = stage.caller()

    def fine() -> bool:
        if strict:
            result = caller.call(target(lane, library))[0]
            return "error" not in result and bool(result["tls"])
        return "error" not in caller.call(f"{pod}:{echo.TARGET_PORT}", insecure=True)[0]

    wait_until(f"server of {library.name} in {lane.name}", fine, timeout=60)


def _objects(stage: Stage, lane: Lane, *, strict: bool) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for library in lane.servers:
        name = f"server-{library.name}"
        made.append(
            echo.deployment(
                name,
                lane.name,
                stage.images[library.language, library.version],
                app="server",
                version=library.name,
                labels={"library": library.name},
                annotations=PKCS8,
            )
        )
        made.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": lane.name},
                "spec": {
                    "selector": {"library": library.name},
                    "ports": [{"name": "grpc", "port": echo.PORT, "targetPort": echo.TARGET_PORT}],
                },
            }
        )
    mutual = {"host": f"*.{lane.name}.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}
    made.append(_istio("networking.istio.io/v1", "DestinationRule", lane, mutual))
    if strict:
        made.append(_istio("security.istio.io/v1", "PeerAuthentication", lane, {"mtls": {"mode": "STRICT"}}))
    return made


def _istio(group: str, kind: str, lane: Lane, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "lane", "namespace": lane.name}, "spec": spec}
