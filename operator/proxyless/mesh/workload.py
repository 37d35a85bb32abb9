"""Workloads as rules see them: pods, and the objects that create pods. What a pod says of itself is read in ``mesh.pod``.

A workload is judged by its pod template, since that is what its author edits.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from proxyless.mesh.pod import targets
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATES, templates
from proxyless.mesh.pod.pod import ConfigMaps, Pod
from proxyless.mesh.pod.settings import WantedXds
from proxyless.mesh.pod.surroundings import Wish
from proxyless.mesh.pod.variables import variables
from proxyless.mesh.selector import selects
from proxyless.model.client import Client, Framework, Language
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import WORKLOADS, Ref, Resource, kept, mapping, sequence
from proxyless.model.version import Version

if TYPE_CHECKING:
    from proxyless.mesh.pod.application import Application

GATEWAY = "gateway"
"""Istio's template for pods of gateways."""
OF_GATEWAY_API = "gateway.networking.k8s.io/gateway-name"
"""Label of the pods that Istio makes for a Gateway of the Gateway API."""
_OWNED = ("Pod", "ReplicaSet", "Job", "ReplicationController")
"""Kinds that another workload may make: its own template is judged then."""
_PATHS: dict[str, FieldPath] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class Workload:
    """A pod, or an owner's pod template. Two are equal where their objects are.

    Args:
        resource: the object that holds it.
        pod: the pod or template, as everything reads it.
        alone: the same without the ConfigMaps that it refers to, as the webhook meets it; None: ``pod`` is without them.
    """

    __slots__ = (
        "alone",
        "annotations",
        "labels",
        "namespace",
        "path",
        "pod",
        "readings",
        "ref",
        "resource",
        "spec",
        "templates",
    )

    def __init__(self, resource: Resource, pod: Pod, alone: Pod | None = None) -> None:
        self.resource: Final = resource
        self.pod: Final = pod
        self.alone: Final = alone or pod
        self.path: Final = pod.path
        """Where the pod (template) starts inside the object, empty for a Pod."""
        self.labels: Final[Mapping[str, Any]] = pod.labels
        self.annotations: Final[Mapping[str, Any]] = pod.annotations
        self.spec: Final[Mapping[str, Any]] = pod.spec
        self.ref: Final = resource.ref
        """The object that holds the pod template."""
        self.namespace: Final = resource.namespace
        """Namespace of its pods."""
        self.templates: Final = templates(pod)
        """Names in the annotation ``inject.istio.io/templates``."""
        self.readings: Final[dict[object, Any]] = {}
        """What kept functions made of it."""

    def __eq__(self, other: object) -> bool:
        return self.resource == other.resource if isinstance(other, Workload) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ref)

    def __repr__(self) -> str:
        return f"<{self.ref}>"

    def with_maps(self, maps: ConfigMaps) -> "Workload":
        """The same with ConfigMaps of its namespace, so that more is known of it."""
        return Workload(self.resource, Pod(self.pod.raw, self.path, maps), self.pod)

    def metadata_path(self, kind: str, key: str) -> FieldPath:
        """Path of one pod annotation or label (``kind`` is ``annotations`` or ``labels``)."""
        return (*self.path, "metadata", kind, key)


class Profile(NamedTuple):
    """Settings that a ProxylessPolicy gives the workloads that it selects."""

    namespace: str
    selector: Mapping[str, str]
    """Flat labels; empty: every workload of the namespace."""
    proxyless: bool = True
    framework: Framework | None = None
    language: Language | None = None
    version: Version | None = None
    targets: int | None = None
    """Number of distinct ``xds:///`` targets that one process dials; None: not said."""
    source: Ref | None = None
    """The policy."""
    inject: bool | None = None
    """Whether its pods get the agent; None: not said."""
    xds: WantedXds | None = None
    """How they reach xDS; None: not said."""

    @property
    def wish(self) -> Wish:
        """The same as injection reads it."""
        source = str(self.source) if self.source is not None else Wish().source
        return Wish(self.inject, self.framework, self.language, self.version, self.targets, self.xds, source)

    @property
    def leaves_out(self) -> bool:
        """Whether its only setting is that its pods get no agent."""
        return self.inject is False and self.framework is None and self.language is None

    def covers(self, workload: Workload) -> bool:
        """Whether the policy selects a workload."""
        return self.namespace == workload.namespace and selects(self.selector, workload.labels)


@kept
def workload_of(resource: Resource) -> Workload | None:
    """The workload that an object holds; None for other kinds and for pods and ReplicaSets that an owner makes."""
    if resource.kind not in WORKLOADS:
        return None
    metadata = mapping(resource.body.get("metadata"))
    if resource.kind in _OWNED and any(
        mapping(owner).get("controller") for owner in sequence(metadata.get("ownerReferences"))
    ):
        return None
    path = _PATHS.get(resource.kind, ("spec", "template"))
    template: object = resource.body
    for step in path:
        template = mapping(template).get(str(step))
    return Workload(resource, Pod(mapping(template), path))


def wants_agent(workload: Workload) -> bool:
    """Whether the pod's annotation names one of Istio's proxyless templates."""
    return not AGENT_TEMPLATES.isdisjoint(workload.templates)


def speaks_xds(workload: Workload) -> bool:
    """Whether an app container names a target of the scheme ``xds`` or a gRPC bootstrap, of Istio as far as it shows."""
    return not targets.is_silent(workload.pod) and any(map(targets.speaks_xds, workload.pod.apps))


@kept
def environment_of(workload: Workload) -> Mapping[str, str]:
    """Known environment of the app containers taken together; references that lead nowhere are left out."""
    return {
        item.name: item.value
        for container in workload.pod.apps
        for item in variables(container)
        if item.value is not None
    }


def dialed(workload: Workload) -> Mapping[str, FieldPath]:
    """Targets that the app containers ask istiod for, each with the first place that names it."""
    return targets.paths(workload.pod)


def client_of(application: "Application") -> Client:
    """The library of an application; gRPC where nothing names a framework."""
    version = application.version
    return _client(application.framework or Framework.GRPC, application.language, version, str(version))


@lru_cache(maxsize=1024)
def _client(framework: Framework, language: Language | None, version: Version | None, written: str) -> Client:
    """The same object for the same library: they are compared for each workload. ``written``: 1.41 and 1.41.0 are equal."""
    del written
    return Client(framework, language, version)
