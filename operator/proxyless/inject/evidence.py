"""What a pod's spec shows of the application: the targets that it dials and the framework that it uses.

Traces, not proof: an explicit annotation or policy always wins. Called by ``decide`` and the warnings.
"""

import re
from collections.abc import Iterable

from proxyless.inject import keys
from proxyless.inject.view import Container
from proxyless.model.version import Framework

_TARGET = re.compile(r"xds:///([^\s'\",;\]})]+)")


def targets(containers: Iterable[Container]) -> int:
    """Number of distinct ``xds:///`` targets in commands, arguments and environment, counted per container."""
    return sum(len(_dialed(container)) for container in containers)


def speaks_xds(container: Container) -> bool:
    """Whether a container names an ``xds:///`` target or a gRPC bootstrap."""
    return bool(_dialed(container)) or any(entry["name"].startswith("GRPC_XDS_BOOTSTRAP") for entry in container.env)


def too_early(init_containers: Iterable[Container]) -> list[str]:
    """Warnings for init containers that use xDS although the agent, a plain container, starts after them."""
    return [
        f"init container {container.name} uses xDS, but the agent starts after it:"
        f' set {keys.NATIVE_SIDECAR}: "true", which makes the agent a native sidecar'
        for container in init_containers
        if speaks_xds(container)
    ]


def framework(containers: Iterable[Container]) -> tuple[Framework, str] | None:
    """A framework whose own environment a container has, and which variable shows it; None where nothing tells."""
    for container in containers:
        for entry in container.env:
            name = entry["name"]
            if name.startswith("KITEX_XDS"):
                return Framework.KITEX, f"container {container.name} has {name}"
            if name.startswith("DUBBO_") or "xds://istiod" in (entry.get("value") or ""):
                return Framework.DUBBO, f"container {container.name} has {name}"
    return None


def _dialed(container: Container) -> set[str]:
    found: set[str] = set()
    for text in container.words:
        if "xds:///" in text:
            found.update(_TARGET.findall(text))
    for entry in container.env:
        value = entry.get("value")
        if value and "xds:///" in value:
            found.update(_TARGET.findall(value))
    return found
