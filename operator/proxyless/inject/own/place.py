"""Where the agent's container goes: first where the application is held, and among the init containers where native."""

from proxyless.inject.own.rendering import Rendering


def place_agent(work: Rendering) -> None:
    """Containers start in order, each after the hook of the one before: the first place is what holds the application."""
    found = work.pod.agent
    if found is not None:
        work.patch.remove(("spec", found.group), found.index)
    if work.decision.native:
        work.patch.prepend(("spec", "initContainers"), [work.agent])
    elif work.holds:
        work.patch.prepend(("spec", "containers"), [work.agent])
    else:
        work.patch.append(("spec", "containers"), [work.agent])
