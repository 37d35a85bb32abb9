"""Finds the gRPC xDS bootstrap that a pod brings itself: which file or variable a container reads, and which server it names.

A bootstrap decides whom an application asks: one for another control plane has nothing to do with istiod. Files are read
where a ConfigMap that is known is mounted there; one in an image, a Secret or an emptyDir is not known.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.opt_in_marks import asks_for_agent
from proxyless.mesh.pod.pod import Container, text_of
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.variables import Variable, variable
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import kept, mapping, sequence

AGENT_FILE = "/etc/istio/proxy/grpc-bootstrap.json"
"""Where the agent writes its bootstrap, and what injectors set the variable to."""
_AGENT_SOCKET = "/etc/istio/proxy/"
_ISTIOD = ("istiod", "istio-pilot")
_PORTS = ("15010", "15012")
"""Ports of istiod's xDS, in plaintext and with TLS."""

Plane = Literal["agent", "istiod", "other", "unknown"]
"""Whose server a bootstrap names: the agent's socket, istiod, another control plane's; or it cannot be told."""


class Bootstrap(NamedTuple):
    """A bootstrap of a container's own."""

    variable: Variable
    """The variable that brings it."""
    file: str
    """Path of the file; empty for one that stands in the environment."""
    mounted: bool
    """Whether a volume is mounted where the file is to be; True for one in the environment."""
    text: str | None
    """None: it is not known."""
    source: Source
    """Where the text stands: the variable, or a key of a ConfigMap."""

    @property
    def content(self) -> Mapping[str, Any] | None:
        """The bootstrap as a mapping, None where it is not known or no JSON."""
        import json  # noqa: PLC0415  few runs need it

        try:
            found = json.loads(self.text) if self.text is not None else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    @property
    def server(self) -> Mapping[str, Any]:
        """The first of ``xds_servers``, which libraries use while it answers."""
        return next((mapping(item) for item in sequence((self.content or {}).get("xds_servers"))), {})

    @property
    def uri(self) -> str:
        """``server_uri`` of the first server, empty where it is not known."""
        return text_of(self.server.get("server_uri")) or ""

    @property
    def plane(self) -> Plane:
        """Whose server it names."""
        address = self.uri.rpartition("///")[2] if "///" in self.uri else self.uri
        host, _, port = address.rpartition(":")
        if not address or "$" in address or "{" in address:
            return "unknown"
        if self.uri.startswith("unix:"):
            return "agent" if _AGENT_SOCKET in self.uri else "other"
        return "istiod" if port in _PORTS or (host or address).startswith(_ISTIOD) else "other"

    @property
    def authorities(self) -> frozenset[str]:
        """Names that targets of the form ``xds://name/...`` may use."""
        return frozenset(map(str, mapping((self.content or {}).get("authorities"))))


@kept
def bootstrap(container: Container) -> Bootstrap | None:
    """The bootstrap that a container brings itself; None where it reads the injector's, or none.

    Where the pod asks for the agent, a bootstrap in the environment has no effect: the injector sets the file variable, which
    libraries read first.
    """
    file = variable(container, keys.BOOTSTRAP)
    if file is not None and file.value not in ("", AGENT_FILE):
        return _of_file(container, file)
    inline = variable(container, keys.BOOTSTRAP_CONFIG)
    if inline is None or inline.value == "" or file is not None or asks_for_agent(container.pod):
        return None
    return Bootstrap(inline, "", mounted=True, text=inline.value, source=inline.source)


def is_for_others(container: Container) -> bool:
    """Whether a container asks another control plane, so that nothing of istiod's holds for its targets."""
    found = bootstrap(container)
    return found is not None and found.plane == "other"


def _of_file(container: Container, said: Variable) -> Bootstrap:
    path = said.value or ""
    below = [(mount, rest) for mount in container.mounts if (rest := _below(mount, path)) is not None]
    for mount, rest in sorted(below, key=lambda item: len(item[1])):
        found = _content(container, mount, rest)
        if found is not None:
            return Bootstrap(said, path, mounted=True, text=found[0], source=found[1])
    return Bootstrap(said, path, mounted=bool(below), text=None, source=said.source)


def _below(mount: Mapping[str, Any], file: str) -> tuple[str, ...] | None:
    """Steps from a mount to the file, none where the file itself is mounted; None where the mount does not hold it."""
    from pathlib import PurePosixPath  # noqa: PLC0415  few runs need it

    folder, path = text_of(mount.get("mountPath")), PurePosixPath(file)
    if not folder or not path.is_relative_to(folder):
        return None
    return path.relative_to(folder).parts


def _content(container: Container, mount: Mapping[str, Any], rest: tuple[str, ...]) -> tuple[str, Source] | None:
    """The text at a place inside a volume, where the ConfigMap behind it is known."""
    from pathlib import PurePosixPath  # noqa: PLC0415  few runs need it

    wanted = str(PurePosixPath(text_of(mount.get("subPath")) or "", *rest))
    for volume in container.pod.volumes:
        if volume.get("name") != mount.get("name"):
            continue
        for source in _maps_in(volume):
            name = text_of(source.get("name")) or ""
            data = container.pod.maps(name) if container.pod.maps is not None and name else None
            key = _key(source, wanted)
            text = text_of(data.get(key)) if data is not None and key else None
            if text is not None:
                where: FieldPath = ("data", key)
                return text, Source("configmap", where, name)
    return None


def _maps_in(volume: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield mapping(volume.get("configMap"))
    for source in sequence(mapping(volume.get("projected")).get("sources")):
        yield mapping(mapping(source).get("configMap"))


def _key(source: Mapping[str, Any], wanted: str) -> str:
    """The key whose value is at a path of the volume; empty where ``items`` leave it out."""
    if not isinstance(source.get("items"), list):
        return wanted
    items = (mapping(item) for item in sequence(source["items"]))
    return next((str(item.get("key")) for item in items if item.get("path") == wanted), "")
