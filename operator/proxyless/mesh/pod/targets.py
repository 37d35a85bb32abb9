"""Finds the ``xds:`` targets that a pod dials in commands, arguments and environment, parsed as the libraries do.

``xds:///host:port`` (also ``xds:host:port`` and ``xds:/host:port``) is a target. ``xds://name/...`` asks the authority ``name``
of the bootstrap, which the agent's has none of: ``xds://host:port`` dials nothing, whatever it looks like.
"""

from collections.abc import Iterator, Mapping

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.bootstrap import is_for_others
from proxyless.mesh.pod.pod import Container, Pod
from proxyless.mesh.pod.variables import variables
from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import kept, sequence

_XDS = pattern(r"(?<![\w-])xds:(/{0,3})([^\s'\",;]+)")
_HOST_PORT = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?:\d+\Z")
_OPEN, _CLOSED = "([{", ")]}"


class ContainerText(NamedTuple):
    """One text of a container that an application may read as a target."""

    text: str
    path: FieldPath
    container: str
    variable: str = ""
    """Name of the environment variable, empty for arguments."""


class XdsTarget(NamedTuple):
    """One target."""

    endpoint: str
    """What istiod is asked for: host and port as written. Empty where there is none but an authority."""
    authority: str
    """Empty: the bootstrap's own servers."""
    text: ContainerText
    """Where it stands."""

    @property
    def written(self) -> str:
        """The target as its author writes it."""
        return f"xds://{self.authority}/{self.endpoint}".rstrip("/") if self.authority else f"xds:///{self.endpoint}"


@kept
def is_silent(pod: Pod) -> bool:
    """Whether nothing in the application's containers can name a target, a bootstrap or a framework; most are so."""
    for container in pod.apps:
        raw = container.raw
        if "env" in raw or "envFrom" in raw:
            return False
        for key in ("command", "args"):
            if any("xds:" in str(word) for word in sequence(raw.get(key))):
                return False
    return True


@kept
def texts(container: Container) -> tuple[ContainerText, ...]:
    """Commands, arguments and known values of the environment."""
    found = [ContainerText(word, path, container.name) for word, path in container.words]
    found += [
        ContainerText(item.value, item.path, container.name, item.name)
        for item in variables(container)
        if item.value is not None
    ]
    return tuple(found)


@kept
def targets(container: Container) -> tuple[XdsTarget, ...]:
    """All targets that a container names, each as often as it is written."""
    return tuple(target for text in texts(container) if "xds:" in text.text for target in _in(text))


def dialed(container: Container) -> frozenset[str]:
    """Distinct endpoints that the servers of the bootstrap are asked for."""
    return frozenset(target.endpoint for target in targets(container) if not target.authority)


def count(pod: Pod) -> int:
    """Distinct targets that the application asks istiod for, counted per container: each is a process of its own."""
    if is_silent(pod):
        return 0
    return sum(len(dialed(container)) for container in pod.apps if not is_for_others(container))


def speaks_xds(container: Container) -> bool:
    """Whether a container reads xDS of Istio: it names a target, or a gRPC bootstrap in a variable of any kind."""
    return not is_for_others(container) and _names_xds(container)


def _names_xds(container: Container) -> bool:
    return bool(targets(container)) or any(item.name.startswith(keys.BOOTSTRAP) for item in variables(container))


def too_early(pod: Pod) -> list[str]:
    """Warnings for init containers that use xDS although the agent, a plain container, starts after them."""
    return [
        f"init container {container.name} uses xDS, but the agent starts after it:"
        f' set {keys.NATIVE_SIDECAR}: "true", which makes the agent a native sidecar'
        for container in pod.init_containers
        if speaks_xds(container)
    ]


@kept
def paths(pod: Pod) -> Mapping[str, FieldPath]:
    """Endpoints that the application asks istiod for, each with the first place that names it."""
    found: dict[str, FieldPath] = {}
    for container in () if is_silent(pod) else pod.apps:
        for target in () if is_for_others(container) else targets(container):
            if not target.authority:
                found.setdefault(target.endpoint, target.text.path)
    return found


def _in(text: ContainerText) -> Iterator[XdsTarget]:
    for slashes, rest in _XDS.findall(text.text):
        written = _balanced(rest)
        if slashes == "//":
            authority, _, endpoint = written.partition("/")
            if authority:
                yield XdsTarget(endpoint, authority, text)
        elif written and (slashes == "///" or _HOST_PORT.match(written)):
            yield XdsTarget(written, "", text)


def _balanced(text: str) -> str:
    """The text up to a bracket that closes what was opened before it, as in ``[xds:///a:1,xds:///b:1]``."""
    waiting: list[str] = []
    for position, character in enumerate(text):
        if character in _OPEN:
            waiting.append(_CLOSED[_OPEN.index(character)])
        elif character in _CLOSED and (not waiting or waiting.pop() != character):
            return text[:position]
    return text
