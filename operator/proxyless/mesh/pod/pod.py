"""Typed view of a pod or pod template. Never raises: what has a wrong type reads as absent.

The webhook makes one for the pod under review (after ``shape.check_shape``), ``mesh.workload`` one for each object that
holds a pod or a template. It refers to the caller's object and never changes it; what was read of it is kept with it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.source import Source
from proxyless.model.path import FieldPath
from proxyless.model.resource import kept, mapping, sequence

JsonObject = dict[str, Any]
"""A container, volume, variable or port, as the API writes it."""
ConfigMaps = Callable[[str], Mapping[str, Any] | None]
"""``data`` of a ConfigMap of the pod's namespace by name; None where it is not known."""


class Container:
    """A container and where it stands. Missing and null lists read as empty."""

    __slots__ = ("group", "index", "name", "path", "pod", "raw", "readings")

    def __init__(self, pod: "Pod", group: str, index: int, raw: JsonObject) -> None:
        self.pod: Final = pod
        self.group: Final = group
        """``containers`` or ``initContainers``."""
        self.index: Final = index
        self.raw: Final = raw
        self.name: Final = text_of(raw.get("name")) or ""
        self.path: Final[FieldPath] = (*pod.path, "spec", group, index)
        """Field path from the root of the object that holds the pod."""
        self.readings: Final[dict[object, Any]] = {}
        """What kept functions made of it."""

    @property
    def words(self) -> list[tuple[str, FieldPath]]:
        """Command and arguments, each with its path."""
        return [
            (str(word), (*self.path, key, position))
            for key in ("command", "args")
            for position, word in enumerate(sequence(self.raw.get(key)))
        ]

    @property
    def env(self) -> list[JsonObject]:
        """Entries of ``env``."""
        return [entry for entry in sequence(self.raw.get("env")) if isinstance(entry, dict)]

    @property
    def mounts(self) -> list[JsonObject]:
        """Entries of ``volumeMounts``."""
        return [entry for entry in sequence(self.raw.get("volumeMounts")) if isinstance(entry, dict)]

    @property
    def ports(self) -> list[JsonObject]:
        """Entries of ``ports``."""
        return [entry for entry in sequence(self.raw.get("ports")) if isinstance(entry, dict)]


class Pod:
    """A pod, or the template that an owner makes pods from.

    Args:
        raw: what has ``metadata`` and ``spec``; of any shape.
        path: where that stands in the object that holds it, empty for a Pod.
        maps: ConfigMaps of its namespace, where they are known.
    """

    __slots__ = ("annotations", "labels", "maps", "metadata", "path", "raw", "readings", "spec")

    def __init__(self, raw: JsonObject, path: FieldPath = (), maps: ConfigMaps | None = None) -> None:
        self.raw: Final = raw
        self.path: Final = path
        self.maps: Final = maps
        self.metadata: Final = mapping(raw.get("metadata"))
        self.labels: Final = mapping(self.metadata.get("labels"))
        self.annotations: Final = mapping(self.metadata.get("annotations"))
        self.spec: Final = mapping(raw.get("spec"))
        self.readings: Final[dict[object, Any]] = {}
        """What kept functions made of it."""

    # -- metadata -----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``metadata.name``, empty where it is not set yet."""
        return text_of(self.metadata.get("name")) or ""

    @property
    def generate_name(self) -> str:
        """``metadata.generateName``, empty where there is none."""
        return text_of(self.metadata.get("generateName")) or ""

    @property
    def owners(self) -> list[JsonObject]:
        """``metadata.ownerReferences``."""
        return [entry for entry in sequence(self.metadata.get("ownerReferences")) if isinstance(entry, dict)]

    def annotation(self, key: str) -> str | None:
        """Text of an annotation, None where there is none."""
        return text_of(self.annotations.get(key))

    def label(self, key: str) -> str | None:
        """Text of a label, None where there is none."""
        return text_of(self.labels.get(key))

    def at(self, holder: str, key: str, words: str = "") -> Source:
        """The place of an annotation or label; ``holder`` is ``annotations`` or ``labels``."""
        return Source("pod", (*self.path, "metadata", holder, key), words=words)

    # -- spec ---------------------------------------------------------------------------------------------------

    @property
    @kept
    def containers(self) -> tuple[Container, ...]:
        """All of ``spec.containers``."""
        return _containers(self, "containers")

    @property
    @kept
    def init_containers(self) -> tuple[Container, ...]:
        """All of ``spec.initContainers``."""
        return _containers(self, "initContainers")

    @property
    @kept
    def apps(self) -> tuple[Container, ...]:
        """Containers of the application: all but the agent's."""
        found = tuple(item for item in self.containers if item.name != keys.AGENT)
        return self.containers if len(found) == len(self.containers) else found

    @property
    def volumes(self) -> list[JsonObject]:
        """``spec.volumes``."""
        return [entry for entry in sequence(self.spec.get("volumes")) if isinstance(entry, dict)]

    @property
    def pull_secrets(self) -> list[JsonObject]:
        """``spec.imagePullSecrets``."""
        return [entry for entry in sequence(self.spec.get("imagePullSecrets")) if isinstance(entry, dict)]

    @property
    def runs_to_completion(self) -> bool:
        """Whether the pod is to end by itself, as those of Jobs do."""
        if self.spec.get("restartPolicy") in ("Never", "OnFailure"):
            return True
        return any(owner.get("kind") == "Job" for owner in self.owners)

    @property
    @kept
    def agents(self) -> tuple[Container, ...]:
        """Containers ``istio-proxy`` of both lists; no pod that is injected has two."""
        return tuple(item for item in (*self.containers, *self.init_containers) if item.name == keys.AGENT)

    @property
    def agent(self) -> Container | None:
        """The first of them, None where there is none."""
        return next(iter(self.agents), None)


def text_of(value: object) -> str | None:
    """What the API server would hold had the author quoted a value; None for what is absent or no plain value."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _containers(pod: Pod, group: str) -> tuple[Container, ...]:
    items = enumerate(sequence(pod.spec.get(group)))
    return tuple(Container(pod, group, index, item) for index, item in items if isinstance(item, dict))
