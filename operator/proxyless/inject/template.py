"""Injection of pod templates: the object that makes pods gets what the webhook gives each of its pods.

Called by ``proxyless inject`` and ``why-injected``. A pod as the owner's controller would make it goes through
:func:`proxyless.inject.pod.inject`, and what is known of one pod alone is taken out again. Pure.
"""

from typing import Any

from proxyless.inject.pod import Injection, inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping

_VERSIONS = {"Deployment": "apps/v1", "Rollout": "v1alpha1"}
"""How Istio words the version of what makes pods through a ReplicaSet. The label with that one's hash is of its pods alone, so it
is told to nobody here, not even by a direct bootstrap, which names a pod's labels."""
_FIRST_RUN = "28000000"
"""Ends the name of a CronJob's Job: the minute that it was made for."""
_SYNTHETIC = ("generateName", "ownerReferences")


class InjectedObject(NamedTuple):
    """An object with what its pods would get."""

    body: dict[str, Any]
    """The object as given where its pods stay as they are."""
    injection: Injection


def inject_template(
    workload: Workload, namespace: Namespace, settings: InjectionSettings, wish: Wish | None = None
) -> InjectedObject:
    """Inject what an object makes pods from, or the Pod itself.

    Args:
        workload: the object.
        namespace: where its pods are made.
        settings: what injection is told.
        wish: what a policy that selects the pods says of them.
    """
    body = workload.resource.body
    if not workload.path:
        made = inject(body, namespace, settings, wish)
        return InjectedObject(applied(body, made.operations), made)
    template = mapping(workload.pod.raw)
    made = inject(pod_of(workload), namespace, settings, wish)
    if not made.operations:
        return InjectedObject(body, made)
    after = _without_pod(applied(pod_of(workload), made.operations), template)
    return InjectedObject(_with(body, tuple(map(str, workload.path)), after), made)


def pod_of(workload: Workload) -> dict[str, Any]:
    """A pod as the controller of the object would make it; its name is left to the API server."""
    kind, name = workload.ref.kind, workload.ref.name
    version = _VERSIONS.get(kind) or workload.resource.body.get("apiVersion")
    owner = {"apiVersion": version, "kind": kind, "name": name, "controller": True}
    if kind == "CronJob":
        owner |= {"kind": "Job", "name": f"{name}-{_FIRST_RUN}"}
    template = mapping(workload.pod.raw)
    metadata = {**mapping(template.get("metadata")), "generateName": f"{owner['name']}-", "ownerReferences": [owner]}
    metadata.pop("name", None)
    return {**template, "metadata": metadata}


def applied(document: Any, operations: list[dict[str, Any]]) -> Any:
    """A document after the operations of an injection: ``add``, ``replace`` and ``remove`` of RFC 6902."""
    for item in operations:
        path = [step.replace("~1", "/").replace("~0", "~") for step in str(item["path"]).split("/")[1:]]
        document = _set(document, path, item["op"], item.get("value"))
    return document


def _set(holder: Any, path: list[str], operation: str, value: Any) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(holder, list):
        at = len(holder) if step == "-" else int(step)
        if rest:
            return [*holder[:at], _set(holder[at], rest, operation, value), *holder[at + 1 :]]
        behind = holder[at:] if operation == "add" else holder[at + 1 :]
        return [*holder[:at], *([] if operation == "remove" else [value]), *behind]
    if rest:
        return {**holder, step: _set(holder[step], rest, operation, value)}
    if operation == "remove":
        return {key: item for key, item in holder.items() if key != step}
    return {**holder, step: value}


def _without_pod(pod: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """The template of an injected pod: what the controller gives each pod is no part of it."""
    before = mapping(template.get("metadata"))
    after = {key: item for key, item in mapping(pod.get("metadata")).items() if key not in _SYNTHETIC}
    after |= {key: before[key] for key in (*_SYNTHETIC, "name") if key in before}
    return {**pod, "metadata": after}


def _with(body: Any, path: tuple[str, ...], value: Any) -> Any:
    return {**body, path[0]: _with(body[path[0]], path[1:], value)} if path else value
