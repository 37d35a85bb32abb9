"""Settings that a pod gives its agent: environment of a container of that name, and the annotation for the proxy."""

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.mesh.pod.proxy_config import metadata_of, proxy_config
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.variables import variable
from proxyless.model.record import NamedTuple

_TRUE = ("true", "t", "1")


class AgentVariable(NamedTuple):
    """A variable of the agent that the pod sets."""

    value: str | None
    """None: it is set, and the value cannot be read here."""
    source: Source

    @property
    def is_true(self) -> bool:
        """Whether the agent takes the value for true."""
        return (self.value or "").lower() in _TRUE


def agent_variable(pod: Pod, name: str) -> AgentVariable | None:
    """The value that the pod sets for a variable of the agent; its own container wins over ``proxyMetadata``. None: unset."""
    for agent in pod.agents:
        found = variable(agent, name)
        if found is not None:
            return AgentVariable(found.value, found.source)
    place = pod.at("annotations", keys.PROXY_CONFIG)
    metadata = metadata_of(pod)
    if name in metadata:
        return AgentVariable(text_of(metadata[name]), place)
    if proxy_config(pod).config is None and name in (pod.annotation(keys.PROXY_CONFIG) or ""):
        return AgentVariable(None, place)
    return None
