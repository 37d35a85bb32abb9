"""A Kubernetes object: the raw body with its identity and the file it came from."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, Protocol, TypeVar

from proxyless.model.kinds import KINDS, api_kind
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple

WORKLOADS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "Pod",
    "ReplicationController",
    "Rollout",
)
"""Kinds that hold a pod or a pod template."""
READ_AS_WORKLOADS = (*WORKLOADS, "ConfigMap")
"""Kinds that workloads are read from: ConfigMaps hold environment and bootstraps, where files have them."""
PODS = (*READ_AS_WORKLOADS, "Namespace")
"""Kinds that tell which workloads there are, and which of them are proxyless."""

_BY_API: dict[tuple[str, str], str] = {(kind.group, api_kind(name)): name for name, kind in KINDS.items()}


class Ref(NamedTuple):
    """Who an object is; ``namespace`` is empty for kinds of cluster scope."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """As kubectl users write it, ``DestinationRule shop/echo``."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Origin(NamedTuple):
    """Where an object was read from: file as the user named it, its document's first line (1-based), index there."""

    file: str
    line: int
    document: int
    item: int = -1
    """Index inside a ``kind: List``, -1 for an object of its own."""
    inside: FieldPath = ()
    """Where in the document the object begins: not at its root for what stands inside another object."""


class Resource:
    """One object. ``body`` is the raw manifest and is never changed; two are equal where they have one Ref.

    Written out instead of a dataclass: rules ask tens of thousands of objects for their kind and spec a hundred times.
    """

    __slots__ = ("body", "kind", "name", "namespace", "origin", "readings", "ref", "spec")

    def __init__(self, ref: Ref, body: dict[str, Any], origin: Origin | None = None) -> None:
        self.ref: Final = ref
        self.body: Final = body
        self.origin: Final = origin
        self.kind: Final = ref.kind
        """Kind as ``model.kinds.KINDS`` names it."""
        self.namespace: Final = ref.namespace
        """Namespace, empty for kinds of cluster scope."""
        self.name: Final = ref.name
        """Name, or generateName where there is no name yet."""
        self.spec: Final = mapping(body.get("spec"))
        """``spec`` as a mapping, empty where it is missing or has another type."""
        self.readings: Final[dict[object, Any]] = {}
        """What :func:`kept` functions made of it."""

    def __eq__(self, other: object) -> bool:
        return self.ref == other.ref if isinstance(other, Resource) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ref)

    def __repr__(self) -> str:
        return f"<{self.ref}>"

    @property
    def labels(self) -> dict[str, Any]:
        """``metadata.labels`` as a mapping."""
        return mapping(mapping(self.body.get("metadata")).get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        """``metadata.annotations`` as a mapping."""
        return mapping(mapping(self.body.get("metadata")).get("annotations"))


class Readable(Protocol):
    """An immutable value that caches what was computed from it."""

    @property
    def readings(self) -> dict[object, Any]:
        """Answers by reading."""


_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long
Source = TypeVar("Source", bound=Readable)
Answer = TypeVar("Answer")


def kept(reading: Callable[[Source], Answer]) -> Callable[[Source], Answer]:
    """Decorator: caches the result with the object, as long as it lives, since many rules ask each object the same.

    The answer must rest on the object alone, and nobody may change it.
    """

    @wraps(reading)
    def answer(source: Source) -> Answer:
        readings = source.readings
        if reading in readings:
            known: Answer = readings[reading]
            return known
        made = readings[reading] = reading(source)
        return made

    return answer


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a mapping, else an empty one: absent and malformed read alike."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


@lru_cache(maxsize=512)
def kind_of(api_version: str, kind: str) -> str | None:
    """Our name for a kind; None: proxyless does not know it."""
    group, _, version = api_version.rpartition("/")
    return _BY_API.get((group if version else "", kind))


def resource(body: object, *, default_namespace: str = "default", origin: Origin | None = None) -> Resource | None:
    """A manifest as a Resource, None where it is not one of ``model.kinds.KINDS``.

    A missing namespace becomes ``default_namespace``, as kubectl would do.
    """
    if not isinstance(body, dict):
        return None
    api_version, kind_name = body.get("apiVersion"), body.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind_name, str):
        return None
    kind = kind_of(api_version, kind_name)
    if kind is None:
        return None
    metadata = mapping(body.get("metadata"))
    name = metadata.get("name") or metadata.get("generateName") or ""
    namespace = str(metadata.get("namespace") or default_namespace) if KINDS[kind].namespaced else ""
    return Resource(_new(Ref, (kind, namespace, str(name))), body, origin)
