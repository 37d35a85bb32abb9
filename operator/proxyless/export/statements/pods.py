"""PX108 and PX119 as CEL: what pods and pod templates ask of injection that no injector can give."""

from collections.abc import Callable

from proxyless.export.cel import at, items, path, place, string, text
from proxyless.export.statement import Statement, StatementPart
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATES
from proxyless.model.resource import WORKLOADS

_OWNED = ("Pod", "ReplicaSet", "Job", "ReplicationController")
"""Kinds that another workload may make: its own template is judged then."""
_AGENTS = ", ".join(text(name) for name in sorted(AGENT_TEMPLATES))
_OF_ONE_CONTAINER = ", ".join(text(name) for name in ("sidecar", "gateway", *sorted(AGENT_TEMPLATES)))


def templates(pod: str) -> str:
    """Names in Istio's template annotation."""
    written = string(pod, "metadata", "annotations", keys.TEMPLATES)
    return f'{written}.split(",").map(word, word.trim())'


def mark(pod: str) -> str:
    """Our mark on a pod, the label first; empty where it has none."""
    label = string(pod, "metadata", "labels", keys.INJECT)
    return f'({label} != "" ? {label} : {string(pod, "metadata", "annotations", keys.INJECT)})'


def _on_host_network(pod: str, *steps: str) -> str:
    asks = f'({mark(pod)} == "true" || {templates(pod)}.exists(word, word in [{_AGENTS}]))'
    says = "hostNetwork: true keeps every injector off: the pod gets no agent and no bootstrap, and xds:/// fails."
    found = place(path(*steps, "spec", "hostNetwork"), '"true"', text(says), is_text=True)
    return f"{pod}.?spec.?hostNetwork.orValue(false) == true && {asks} ? [[{found}]] : []"


def _both_templates(pod: str, *steps: str) -> str:
    both = f"{templates(pod)}.filter(word, word in [{_OF_ONE_CONTAINER}])"
    says = f'"The templates " + {both}.join(" and ") + " cannot be combined: both are for the container istio-proxy."'
    written = string(pod, "metadata", "annotations", keys.TEMPLATES)
    found = place(path(*steps, "metadata", "annotations", keys.TEMPLATES), written, says, is_text=True)
    return f"{both}.size() > 1 && {both}.exists(word, word in [{_AGENTS}]) ? [[{found}]] : []"


def _parts(check: Callable[..., str]) -> tuple[StatementPart, ...]:
    """A check of pods for each kind that holds one; what another workload owns is left to that."""

    def pod(name: str) -> str:
        return _unowned(name, check(name))

    def owned(name: str) -> str:
        return _unowned(name, check(at(name, "spec", "template"), "spec", "template"))

    def owner(name: str) -> str:
        return check(at(name, "spec", "template"), "spec", "template")

    def cron_job(name: str) -> str:
        steps = ("spec", "jobTemplate", "spec", "template")
        return check(at(name, *steps), *steps)

    others = tuple(kind for kind in WORKLOADS if kind not in (*_OWNED, "CronJob"))
    return (
        StatementPart(("Pod",), pod),
        StatementPart(_OWNED[1:], owned),
        StatementPart(("CronJob",), cron_job),
        StatementPart(others, owner),
    )


def _unowned(name: str, places: str) -> str:
    owners = items(name, "metadata", "ownerReferences")
    return f"{owners}.exists(owner, owner.?controller.orValue(false)) ? [] :\n({places})"


ALL = (Statement("PX108", _parts(_on_host_network)), Statement("PX119", _parts(_both_templates)))
