"""Shared reading of pods for injection: who will inject, what the app containers say, hold. For rules; decides nothing.

Source of the selectors: Istio's webhook configuration (``istio-sidecar-injector``), one entry per way to ask for it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from proxyless.lint.not_known import NotKnown
from proxyless.lint.world import INJECTION, World
from proxyless.mesh.workload import Workload
from proxyless.model.memory import for_each
from proxyless.model.path import FieldPath
from proxyless.model.resource import mapping, sequence
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load

AGENT = "grpc-agent"
"""Istio's template with an agent beside the application."""
AGENT_CONTAINER = "istio-proxy"
"""Name of the agent's container; one that the user writes is merged into it."""
AGENT_BOOTSTRAP = "/etc/istio/proxy/grpc-bootstrap.json"
"""Where the agent writes the bootstrap, and what the template sets ``GRPC_XDS_BOOTSTRAP`` to."""
CONFIG = "proxy.istio.io/config"
"""Pod annotation with a ProxyConfig as YAML or JSON."""

_INJECT = "sidecar.istio.io/inject"
_REVISION = "istio.io/rev"
_NEVER = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")


class Words(NamedTuple):
    """One text of a container that an application may read as a target: argument, command or environment value."""

    text: str
    path: FieldPath
    container: str
    variable: str = ""
    """Name of the environment variable, empty for arguments."""


@for_each
def injected_by_us(workload: Workload, world: World) -> bool:
    """Whether our own webhook gives the pod the agent, with everything that Istio's template lacks.

    By the pod's own word, by its namespace, by a policy where the namespace leaves it to policies, and by Istio's
    annotation where our injector is known to be installed.
    """
    said = workload.labels.get("proxyless.dev/inject") or workload.annotations.get("proxyless.dev/inject")
    namespace = world.get("Namespace", "", workload.namespace)
    if said in ("true", "false"):
        return bool(said == "true")
    if workload.labels.get(_INJECT, workload.annotations.get(_INJECT)) == "false":
        return False
    by = namespace.labels.get(INJECTION) if namespace is not None else None
    if by == "enabled":
        return True
    if by == "policy":
        profile = world.profile_of(workload)
        return AGENT in workload.templates or (profile is not None and profile.proxyless)
    return world.settings.injector and AGENT in workload.templates


def istio_keeps_off(workload: Workload, world: World) -> str:
    """Why Istio's injector does not select the pod, empty where it does.

    Raises:
        NotKnown: the pod alone does not tell, and its Namespace is not given.
    """
    asked = workload.labels.get(_INJECT)
    if asked == "false":
        return f"the pod label {_INJECT} is false"
    if asked is None and workload.annotations.get(_INJECT) == "false":
        return f"the pod annotation {_INJECT} is false"
    if workload.namespace in _NEVER:
        return f"Istio never injects into namespace {workload.namespace}"
    namespace = world.get("Namespace", "", workload.namespace)
    if namespace is None:
        raise NotKnown("Namespace", workload.namespace)
    return _selectors(namespace.labels, workload.labels, workload.namespace)


def _selectors(namespace: Mapping[str, Any], pod: Mapping[str, Any], name: str) -> str:
    switch, revision = namespace.get("istio-injection"), namespace.get(_REVISION)
    if switch is not None:
        return "" if switch == "enabled" else f"namespace {name} has istio-injection: {switch}"
    if revision is not None or pod.get(_REVISION) is not None or pod.get(_INJECT) == "true":
        return ""
    return f"namespace {name} has neither istio-injection nor {_REVISION}, and the pod has no label {_INJECT}"


def app_containers(workload: Workload, key: str = "containers") -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each app container with its path; ``key`` may be ``initContainers``."""
    for index, item in enumerate(sequence(workload.spec.get(key))):
        container = mapping(item)
        if container.get("name") != AGENT_CONTAINER:
            yield (*workload.path, "spec", key, index), container


def agent_container(workload: Workload) -> dict[str, Any]:
    """The container that the user writes to be merged into the agent's, empty where there is none."""
    for item in sequence(workload.spec.get("containers")):
        if mapping(item).get("name") == AGENT_CONTAINER:
            return mapping(item)
    return {}


def words_of(path: FieldPath, container: Mapping[str, Any]) -> Iterator[Words]:
    """Commands, arguments and literal environment values of one container."""
    name = str(container.get("name", ""))
    for key in ("command", "args"):
        for index, word in enumerate(sequence(container.get(key))):
            yield Words(str(word), (*path, key, index), name)
    for index, entry in enumerate(sequence(container.get("env"))):
        if isinstance(entry, dict) and isinstance(entry.get("value"), str):
            yield Words(entry["value"], (*path, "env", index, "value"), name, str(entry.get("name", "")))


def variable(container: Mapping[str, Any], name: str) -> tuple[int, str] | None:
    """Index and literal value of an environment variable, None where it is absent; references read as empty."""
    for index, entry in enumerate(sequence(container.get("env"))):
        if mapping(entry).get("name") == name:
            return index, str(mapping(entry).get("value") or "")
    return None


def own_bootstrap(container: Mapping[str, Any]) -> bool:
    """Whether the container reads another bootstrap than the agent's, so that its streams go elsewhere."""
    file = variable(container, "GRPC_XDS_BOOTSTRAP")
    return file is not None and file[1] not in ("", AGENT_BOOTSTRAP)


def hold_of(workload: Workload) -> bool | None:
    """``holdApplicationUntilProxyStarts`` in the pod's annotation, None where it does not say."""
    return _hold(str(workload.annotations.get(CONFIG) or ""))


@lru_cache(maxsize=1024)
def _hold(text: str) -> bool | None:
    """The same of the annotation's text, which many pods share."""
    try:
        said = mapping(load(text)).get("holdApplicationUntilProxyStarts")
    except YamlError:
        return None
    return said if isinstance(said, bool) else None


def dialing(workload: Workload) -> Words | None:
    """The first ``xds:///`` target of an app container that brings no bootstrap of its own."""
    for path, container in app_containers(workload):
        if own_bootstrap(container) or variable(container, "GRPC_XDS_BOOTSTRAP_CONFIG"):
            continue
        for words in words_of(path, container):
            if "xds:///" in words.text:
                return words
    return None


def is_placeholder(target: str) -> bool:
    """Whether a target holds a variable that a shell, the kubelet or a template fills in."""
    return any(mark in target for mark in ("$", "{", "%", "<"))
