"""Guesses the framework that speaks xDS in a pod from its environment; annotation and policy win over it.

That a variable belongs to a framework is no evidence of xDS: most Dubbo applications find their providers by Nacos or
ZooKeeper. A Dubbo pod counts where it names istiod, or a registry, config centre or metadata centre of the scheme ``xds``.
"""

import re

from proxyless.mesh.pod.pod import Container, Pod
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.targets import ContainerText, is_silent, texts
from proxyless.mesh.pod.variables import variables
from proxyless.model.client import Framework
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

_KITEX = "KITEX_XDS"
_DUBBO = pattern(r"dubbo", re.IGNORECASE)
_ISTIOD = pattern(r"(?<![\w-])xds://(?:istiod|istio-pilot)(?![\w])")
"""Dubbo's registry address. No target of gRPC: ``xds://`` with two slashes names an authority there."""
_XDS_REGISTRY = pattern(r"(?<![\w-])xds://[^/\s]")


class Trace(NamedTuple):
    """A framework, and what shows it."""

    framework: Framework
    source: Source


def trace(pod: Pod) -> Trace | None:
    """A framework whose own xDS configuration a container has; None where nothing tells."""
    for container in () if is_silent(pod) else pod.apps:
        found = _of_environment(container) or _of_texts(container)
        if found is not None:
            return found
    return None


def _of_environment(container: Container) -> Trace | None:
    for item in variables(container):
        if item.name.startswith(_KITEX):
            return _trace(Framework.KITEX, container, item.name, item.source)
    return None


def _of_texts(container: Container) -> Trace | None:
    for text in texts(container):
        if "xds:" in text.text and (
            _ISTIOD.search(text.text) or (_names_dubbo(text) and _XDS_REGISTRY.search(text.text))
        ):
            return _trace(Framework.DUBBO, container, text.variable or text.text[:60], Source("pod", text.path))
    return None


def _names_dubbo(text: ContainerText) -> bool:
    """Whether a variable or a system property of Dubbo's holds the text."""
    return bool(_DUBBO.search(text.variable) or _DUBBO.search(text.text))


def _trace(framework: Framework, container: Container, what: str, source: Source) -> Trace:
    return Trace(framework, source._replace(words=f"container {container.name} has {what}"))
