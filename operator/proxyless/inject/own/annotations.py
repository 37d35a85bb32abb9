"""Annotations of an injected pod: Istio's revision and status, kubectl's default container, and the annotation of ``inject.mark``."""

from proxyless.inject.compact_json import compact
from proxyless.inject.mark import mark
from proxyless.inject.own.rendering import Rendering
from proxyless.mesh.pod import keys


def add_annotations(work: Rendering) -> None:
    """Written last, since the status names what was added.

    Istio's status is what keeps ambient mode and other injectors away from the pod. It names only what was added, so
    that whoever undoes an injection by it never takes a container of the application along.
    """
    there = work.pod.annotations
    work.annotate(keys.REVISION, work.settings.revision or "default")
    first = work.pod.apps[0].name
    for key in (keys.DEFAULT_LOGS_CONTAINER, keys.DEFAULT_CONTAINER):
        if key not in there:
            work.annotate(key, first)
    if there.get(keys.REWRITE_PROBES) == "true":
        work.warn(f"{keys.REWRITE_PROBES} is set to false: without Envoy nothing answers rewritten probes")
    work.annotate(keys.REWRITE_PROBES, "false")
    for key, value in work.settings.injected_annotations.items():
        work.annotate(key, value)
    work.annotate(keys.STATUS, _status(work))
    work.annotate(keys.MARK, mark(work.decision))


def _status(work: Rendering) -> str:
    native = work.decision.native
    status = {
        "initContainers": [keys.AGENT] if native else None,
        "containers": None if native else [keys.AGENT],
        "volumes": work.volumes or None,
        "imagePullSecrets": work.pull_secrets or None,
        "revision": work.settings.revision or "default",
    }
    return compact(status)
