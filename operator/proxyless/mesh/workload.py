"""Workloads: pods and what makes them, and whether they are proxyless.

A workload is judged by its pod template, since that is what its author edits. What a workload says of itself
(annotations ``proxyless.dev/...``) wins over what a ProxylessPolicy says of it, which wins over traces in its spec.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

from proxyless.errors import InputError
from proxyless.mesh.selector import selects
from proxyless.model.path import FieldPath
from proxyless.model.resource import WORKLOADS, Ref, Resource, kept, mapping, sequence
from proxyless.model.version import Client, Framework, Language, Version, parse_language

TEMPLATES = "inject.istio.io/templates"
"""Pod annotation of Istio that names the injection templates, comma separated."""
AGENT_TEMPLATES = frozenset(("grpc-agent", "grpc-simple"))
"""Istio's templates that make a pod proxyless."""

_FRAMEWORKS: dict[str, Framework] = {item.value: item for item in Framework}

_PATHS: dict[str, FieldPath] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class Workload:
    """A pod, or an owner's pod template. Two are equal where their objects are.

    Args:
        resource: the object that holds it.
        path: where the pod (template) starts inside the object, empty for a Pod.
        labels: the pod's labels.
        annotations: the pod's annotations.
        spec: the pod's spec.
    """

    __slots__ = ("annotations", "labels", "namespace", "path", "readings", "ref", "resource", "spec", "templates")

    def __init__(
        self,
        resource: Resource,
        path: FieldPath,
        labels: Mapping[str, Any],
        annotations: Mapping[str, Any],
        spec: Mapping[str, Any],
    ) -> None:
        self.resource: Final = resource
        self.path: Final = path
        self.labels: Final = labels
        self.annotations: Final = annotations
        self.spec: Final = spec
        self.ref: Final = resource.ref
        """The object that holds the pod template."""
        self.namespace: Final = resource.namespace
        """Namespace of its pods."""
        named = annotations.get(TEMPLATES)
        self.templates: Final = (
            tuple(name.strip() for name in str(named).split(",") if name.strip()) if TEMPLATES in annotations else ()
        )
        """Names in the annotation ``inject.istio.io/templates``."""
        self.readings: Final[dict[object, Any]] = {}
        """What kept functions made of it."""

    def __eq__(self, other: object) -> bool:
        return self.resource == other.resource if isinstance(other, Workload) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ref)

    def __repr__(self) -> str:
        return f"<{self.ref}>"

    @property
    @kept
    def containers(self) -> list[dict[str, Any]]:
        """App containers: all but the agent's."""
        return [
            mapping(item)
            for item in sequence(self.spec.get("containers"))
            if mapping(item).get("name") != "istio-proxy"
        ]

    @kept
    def environment(self) -> Mapping[str, str]:
        """Literal environment of the app containers taken together; references are left out."""
        return {
            str(entry["name"]): str(entry.get("value", ""))
            for container in self.containers
            for entry in sequence(container.get("env"))
            if isinstance(entry, dict) and "name" in entry and "valueFrom" not in entry
        }

    def metadata_path(self, kind: str, key: str) -> FieldPath:
        """Path of one pod annotation or label (``kind`` is ``annotations`` or ``labels``)."""
        return (*self.path, "metadata", kind, key)


class Profile(NamedTuple):
    """What a ProxylessPolicy says of the workloads that it selects."""

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

    def covers(self, workload: Workload) -> bool:
        """Whether the policy selects a workload."""
        return self.namespace == workload.namespace and selects(self.selector, workload.labels)


@kept
def workload_of(resource: Resource) -> Workload | None:
    """The workload that an object holds; None for other kinds and for pods and ReplicaSets that an owner makes."""
    if resource.kind not in WORKLOADS:
        return None
    metadata = mapping(resource.body.get("metadata"))
    if resource.kind in ("Pod", "ReplicaSet", "Job") and any(
        mapping(owner).get("controller") for owner in sequence(metadata.get("ownerReferences"))
    ):
        return None
    path = _PATHS.get(resource.kind, ("spec", "template"))
    template: object = resource.body
    for step in path:
        template = mapping(template).get(str(step))
    template = mapping(template)
    inner = mapping(template.get("metadata"))
    return Workload(
        resource, path, mapping(inner.get("labels")), mapping(inner.get("annotations")), mapping(template.get("spec"))
    )


def framework_of(workload: Workload) -> Framework | None:
    """Framework by annotation, label or the environment its configuration needs; None where nothing tells."""
    said = workload.annotations.get("proxyless.dev/framework") or workload.labels.get("proxyless.dev/framework")
    if str(said) in _FRAMEWORKS:
        return _FRAMEWORKS[str(said)]
    environment = workload.environment()
    if any(name.startswith("KITEX_XDS") for name in environment):
        return Framework.KITEX
    if any(name.startswith("DUBBO_") for name in environment) or any(
        "xds://istiod" in value for value in environment.values()
    ):
        return Framework.DUBBO
    return Framework.GRPC if is_annotated(workload) or speaks_xds(workload) else None


def wants_agent(workload: Workload) -> bool:
    """Whether the pod's annotation names one of Istio's proxyless templates."""
    return not AGENT_TEMPLATES.isdisjoint(workload.templates)


def is_annotated(workload: Workload) -> bool:
    """Whether the workload asks for the agent itself: Istio's template or our own mark."""
    asked = workload.labels.get("proxyless.dev/inject") or workload.annotations.get("proxyless.dev/inject")
    return asked == "true" or wants_agent(workload)


def speaks_xds(workload: Workload) -> bool:
    """Whether an app container's arguments or environment name an ``xds:///`` target or a gRPC bootstrap."""
    return any(
        "xds:///" in str(word)
        for container in workload.containers
        for word in (*sequence(container.get("command")), *sequence(container.get("args")))
    ) or any(
        "xds:///" in value or name.startswith("GRPC_XDS_BOOTSTRAP") for name, value in workload.environment().items()
    )


def client_of(workload: Workload, profile: Profile | None = None) -> Client:
    """Library of a workload: its annotations (``proxyless.dev/language``, ``.../grpc-version``), else its profile.

    An annotation that cannot be read counts as absent. A version without a language counts for nothing, since each
    language numbers its library by itself; Kitex exists in Go alone.
    """
    annotations = workload.annotations
    return _client(
        framework_of(workload),
        str(annotations.get("proxyless.dev/language") or ""),
        str(annotations.get("proxyless.dev/grpc-version") or ""),
        (profile.framework, profile.language, profile.version) if profile else (None, None, None),
    )


@lru_cache(maxsize=1024)
def _client(
    seen: Framework | None,
    language_word: str,
    version_word: str,
    said: tuple[Framework | None, Language | None, Version | None],
) -> Client:
    """The same object for the same library: they are compared for each workload. ``said``: what a profile says."""
    framework = seen or said[0] or Framework.GRPC
    language = said[1]
    if language_word:
        with suppress(InputError):
            language = parse_language(language_word)
    if framework is Framework.KITEX:
        language = Language.GO
    version = said[2] if language is said[1] or framework is Framework.KITEX else None
    if version_word:
        with suppress(InputError):
            version = Version.parse(version_word)
    return Client(framework, language, version if language is not None else None)


def targets_of(workload: Workload, profile: Profile | None = None) -> int | None:
    """Distinct ``xds:///`` targets: by annotation ``proxyless.dev/targets``, by profile, else as counted in the spec.

    None where nothing names a target: the number is not known then.
    """
    said = str(workload.annotations.get("proxyless.dev/targets", ""))
    if said.isdecimal():
        return int(said)
    if profile is not None and profile.targets is not None:
        return profile.targets
    return len(dialed(workload)) or None


_TARGET = re.compile(r"xds:///([^\s'\",;]+)")


@kept
def dialed(workload: Workload) -> Mapping[str, FieldPath]:
    """Targets after ``xds:///`` in arguments, commands and environment of the app containers, with their paths."""
    found: dict[str, FieldPath] = {}
    for index, container in enumerate(sequence(workload.spec.get("containers"))):
        here = (*workload.path, "spec", "containers", index)
        for key in ("command", "args"):
            for position, word in enumerate(sequence(mapping(container).get(key))):
                for target in _TARGET.findall(str(word)):
                    found.setdefault(target, (*here, key, position))
        for position, entry in enumerate(sequence(mapping(container).get("env"))):
            for target in _TARGET.findall(str(mapping(entry).get("value", ""))):
                found.setdefault(target, (*here, "env", position, "value"))
    return found
