"""Helpers that rules share to ask who injects a workload's pods; they never create findings.

What a pod says of itself, and what each injector does with it, is read in ``mesh.pod``; here stand only what the linter does
not know of a cluster, and how it says so.
"""

from proxyless.lint.not_known import NotKnown
from proxyless.lint.world import World
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.bootstrap import bootstrap
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.istio_injector import keeps_off
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, own_word
from proxyless.mesh.pod.our_injector import reaches_us
from proxyless.mesh.pod.pod import Container
from proxyless.mesh.pod.targets import XdsTarget, targets
from proxyless.mesh.pod.variables import variable
from proxyless.mesh.workload import Workload
from proxyless.model.memory import for_each

AGENT = AGENT_TEMPLATE
"""Istio's template with an agent beside the application."""


@for_each
def injected_by_us(workload: Workload, world: World) -> bool:
    """Whether our own webhook gives the pod the agent, or gave it, with everything that Istio's template lacks.

    That our injector is installed is taken from our own words on the pod or its namespace; for pods that ask in Istio's words
    only, it must be known.
    """
    if keys.MARK not in workload.annotations and not _is_ours_to_ask(workload, world):
        return False
    decision = world.decision_of(workload)
    if isinstance(decision, Skip):
        return decision.done and keys.MARK in decision.source.path
    return reaches_us(workload.alone, world.namespace_of(workload))


def _is_ours_to_ask(workload: Workload, world: World) -> bool:
    """Whether our injector is known to be there for the pod, by settings or by a word of ours on it or its namespace."""
    if world.settings.injector or own_word(workload.alone):
        return True
    return keys.INJECTION in world.namespace_of(workload).labels


def istio_keeps_off(workload: Workload, world: World) -> str:
    """Why Istio's injector does not select the pod, empty where it does.

    Raises:
        NotKnown: the pod alone does not tell, and its Namespace is not given.
    """
    settings = world.settings.injectors
    known = world.knows_namespace_of(workload)
    namespace = world.namespace_of(workload) if known or workload.namespace in settings.ignored_namespaces else None
    why = keeps_off(workload.pod, namespace, settings)
    if why is None:
        raise NotKnown("Namespace", workload.namespace)
    return why


def brings_bootstrap(container: Container) -> bool:
    """Whether a container sets a bootstrap of its own, in effect or not."""
    return bootstrap(container) is not None or variable(container, keys.BOOTSTRAP_CONFIG) is not None


def first_dialed(workload: Workload) -> XdsTarget | None:
    """The first target of an app container that brings no bootstrap of its own."""
    for container in workload.pod.apps:
        if not brings_bootstrap(container):
            for target in targets(container):
                if not target.authority:
                    return target
    return None


def is_placeholder(target: str) -> bool:
    """Whether a target holds a variable that a shell, the kubelet or a template fills in."""
    return any(mark in target for mark in ("$", "{", "%", "<"))
