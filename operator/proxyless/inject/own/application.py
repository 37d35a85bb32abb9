"""Environment and mounts of the application's containers. What a container sets itself always wins."""

from typing import Any

from proxyless.inject.own.bootstrap import bootstrap, downward
from proxyless.inject.own.environment import variable
from proxyless.inject.own.rendering import BOOTSTRAP_FILE, XDS_FOLDER, Rendering
from proxyless.inject.own.volumes import credentials_mount, data_mount, has_root, root_mount, xds_mount
from proxyless.inject.patch import Path
from proxyless.mesh.pod import keys, targets
from proxyless.mesh.pod.pod import Container

FILE, INLINE = keys.BOOTSTRAP, keys.BOOTSTRAP_CONFIG
SECURITY = "GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT"


def wire_applications(work: Rendering) -> None:
    """All containers of the application; init containers that use xDS only where the agent runs before them."""
    inline = bootstrap(work) if work.decision.xds == "direct" else ""
    if inline and not work.holds:
        work.warn("xds: direct without holding the application: its first dial finds no certificate files and fails")
    for container in work.pod.apps:
        _wire(work, container, ("spec", "containers", container.index), inline)
    if not work.decision.native:
        work.warnings.extend(targets.too_early(work.pod))
        return
    for container in work.pod.init_containers:
        if targets.speaks_xds(container) and container.name != keys.AGENT:
            _wire(work, container, ("spec", "initContainers", container.index), inline)


def _wire(work: Rendering, container: Container, path: Path, inline: str) -> None:
    there = {entry["name"]: (position, entry) for position, entry in enumerate(container.env)}
    wanted: dict[str, str] = {SECURITY: "true"}
    front: list[dict[str, Any]] = []
    if not inline:
        wanted[FILE] = BOOTSTRAP_FILE
        _remark_other_file(work, container, there)
    elif FILE in there and _set(there[FILE][1]):
        work.warn(
            f"container {container.name} has its own {FILE}, which libraries read first: xds: direct is not given"
        )
    else:
        if FILE in there:  # empty, yet set: C-core would try to read a file without a name
            work.patch.remove((*path, "env"), there[FILE][0])
        if not (INLINE in there and _set(there[INLINE][1])):
            front = downward()
        wanted[INLINE] = inline
    for name, value in wanted.items():
        if name not in there:
            front.append(variable(name, value))
        elif not _set(there[name][1]):
            work.patch.put((*path, "env", there[name][0]), "value", value)
    work.patch.prepend((*path, "env"), front)
    _mount(work, container, path)


def _mount(work: Rendering, container: Container, path: Path) -> None:
    wanted = [data_mount()]
    if work.decision.xds == "agent":
        wanted += [xds_mount(), credentials_mount(work.settings)]
    elif has_root(work.settings):
        wanted.append(root_mount())
    there = {mount["mountPath"].rstrip("/"): mount.get("name") for mount in container.mounts}
    for mount in wanted:
        taken = there.get(mount["mountPath"])
        if taken is not None and taken != mount["name"]:
            work.warn(
                f"container {container.name} mounts {taken} at {mount['mountPath']}, where the agent's files belong:"
                " it will not find them"
            )
    work.patch.append((*path, "volumeMounts"), [mount for mount in wanted if mount["mountPath"] not in there])


def _remark_other_file(work: Rendering, container: Container, there: dict[str, tuple[int, dict[str, Any]]]) -> None:
    """A bootstrap file of the container's own that lies in none of its volumes is a path from an old text."""
    value = there[FILE][1].get("value") if FILE in there else None
    if not value or value == BOOTSTRAP_FILE:
        return
    own = [mount["mountPath"].rstrip("/") + "/" for mount in container.mounts]
    if value.startswith(f"{XDS_FOLDER}/") or not any(value.startswith(folder) for folder in own):
        work.warn(
            f"container {container.name} sets {FILE} to {value[:60]}, where nothing writes a bootstrap;"
            f" remove it: the agent's is {BOOTSTRAP_FILE}"
        )


def _set(entry: dict[str, Any]) -> bool:
    """Whether a variable has a value of its own, literal or from somewhere."""
    return bool(entry.get("value")) or entry.get("valueFrom") is not None
