"""Remedies as one kubectl command on the live object, for readers who do not know yet where to write them. Pure.

Called by rules whose remedy leaves no choice. Whoever keeps manifests in files makes the same change there: the remedy
says it in words, the command is only the shortest way to try it.
"""

import shlex
from collections.abc import Mapping

from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath
from proxyless.model.resource import Ref

_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds whose pod template may be changed in place, after which kubectl waits for nothing and pods are replaced."""


def dial(workload: Workload, path: FieldPath, container: str, variable: str, text: str) -> str:
    """Write another text into an environment variable or argument of a container; empty for a kind that is immutable."""
    if workload.ref.kind not in _ROLLED:
        return ""
    if variable:
        name, value = shlex.quote(container), shlex.quote(f"{variable}={text}")
        return f"kubectl set env {_target(workload.ref)} --containers={name} {value}"
    return _patch(workload.ref, "json", [{"op": "replace", "path": "/" + "/".join(map(str, path)), "value": text}])


def expose(workload: Workload, name: str, port: int) -> str:
    """Make a Service for a port; empty for a kind that ``kubectl expose`` does not know."""
    if workload.ref.kind not in ("Deployment", "ReplicaSet", "Pod"):
        return ""
    return f"kubectl expose {_target(workload.ref)} --name={shlex.quote(name)} --port={port}"


def label_pods(workload: Workload, labels: Mapping[str, object]) -> str:
    """Give the pods of a workload more labels; empty where that would change one they have, or the kind is immutable."""
    if workload.ref.kind not in _ROLLED or any(key in workload.labels for key in labels):
        return ""
    return _patch(workload.ref, "strategic", {"spec": {"template": {"metadata": {"labels": dict(labels)}}}})


def annotate_pods(workload: Workload, annotations: Mapping[str, str]) -> str:
    """Give the pods of a workload annotations; empty for a kind that is immutable."""
    if workload.ref.kind not in _ROLLED:
        return ""
    return _patch(workload.ref, "strategic", {"spec": {"template": {"metadata": {"annotations": dict(annotations)}}}})


def mutual(ref: Ref) -> str:
    """Let a DestinationRule's clients use mTLS."""
    return _patch(ref, "merge", {"spec": {"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}})


def merge(ref: Ref, path: FieldPath, value: str) -> str:
    """Write one field of an object; empty where the way to it leads through a list, which a merge would replace whole."""
    if any(isinstance(step, int) for step in path):
        return ""
    body: object = value
    for step in reversed(path):
        body = {str(step): body}
    return _patch(ref, "merge", body)


def apply(body: Mapping[str, object]) -> str:
    """Make an object."""
    return f"printf %s {_quoted(body)} | kubectl apply -f -"


def manifest(api: str, kind: str, namespace: str, name: str, spec: Mapping[str, object]) -> dict[str, object]:
    """An object with a namespace, for :func:`apply`."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def enable(namespace: str) -> str:
    """Let our injector give every pod of a namespace the agent; pods that exist are replaced."""
    return f"{label(namespace)} && {restart(namespace)}"


def label(namespace: str) -> str:
    """Declare a namespace proxyless."""
    return f"kubectl label namespace {shlex.quote(namespace)} proxyless.dev/injection=enabled proxyless.dev/enforcement=warn --overwrite"


def restart(namespace: str) -> str:
    """Replace the pods of a namespace: injection happens only when a pod is made."""
    return f"kubectl rollout restart deployment --namespace={shlex.quote(namespace)}"


def restart_one(ref: Ref) -> str:
    """Replace the pods of one workload; empty for a kind that ``kubectl rollout`` does not know."""
    return f"kubectl rollout restart {_target(ref)}" if ref.kind in _ROLLED else ""


def _target(ref: Ref) -> str:
    return f"{ref.kind.lower()}/{shlex.quote(ref.name)} --namespace={shlex.quote(ref.namespace)}"


def _patch(ref: Ref, kind: str, body: object) -> str:
    return f"kubectl patch {_target(ref)} --type={kind} --patch={_quoted(body)}"


def _quoted(body: object) -> str:
    """JSON as one word of a shell."""
    import json  # noqa: PLC0415  few runs need it

    return shlex.quote(json.dumps(body))
