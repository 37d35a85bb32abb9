"""Security context of the agent."""

from proxyless.inject.own.rendering import Rendering
from proxyless.inject.restricted import restricted


def add_security(work: Rendering) -> None:
    """The agent's own context; the pod's stays as it is."""
    work.agent["securityContext"] = restricted(work.settings, work.namespace)
