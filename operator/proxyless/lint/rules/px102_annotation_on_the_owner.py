"""PX102: annotations for injection are read from the pod, so on its owner or a Service they do nothing."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.fix import Drop, Fix, Put
from proxyless.model.path import FieldPath, get, show
from proxyless.model.resource import WORKLOADS, Resource, mapping

_OURS = (keys.INJECT, keys.FRAMEWORK, keys.LANGUAGE, keys.GRPC_VERSION, keys.TARGETS, keys.SERVER, keys.XDS, keys.MODE)
_KEYS = (TEMPLATES, keys.PROXY_CONFIG, *_OURS)
_BETWEEN: FieldPath = ("spec", "jobTemplate", "metadata", "annotations")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per annotation that the pod should have; kinds without pods of their own (Service) count as well."""
    workload = world.workload(subject)
    for holder in (("metadata", "annotations"), _BETWEEN):
        for key in mapping(get(subject.body, holder)):
            if key in _KEYS and (workload is None or key not in workload.annotations):
                yield _hit((*holder, key), key, workload, subject)
    if workload is not None and TEMPLATES in workload.labels and TEMPLATES not in workload.annotations:
        path = workload.metadata_path("labels", TEMPLATES)
        yield Hit(
            path,
            f"{TEMPLATES} is a label here, injectors read the annotation: pods do not get the agent by it.",
            fix=_moved(path, workload.metadata_path("annotations", TEMPLATES), subject),
        )


def _hit(path: FieldPath, key: str, workload: Workload | None, subject: Resource) -> Hit:
    severity = None if key == TEMPLATES else Severity.WARNING
    message = f"{key} stands on the {subject.kind}, injectors read it from the pod: it has no effect."
    if workload is None:
        return Hit(path, message, severity=severity)
    there = show((*workload.path, "metadata", "annotations"))
    return Hit(
        path,
        message,
        remedy=f"Move it to {there}.",
        severity=severity,
        fix=_moved(path, workload.metadata_path("annotations", key), subject),
    )


def _moved(here: FieldPath, there: FieldPath, subject: Resource) -> Fix:
    return Fix((Drop(here), Put(there, get(subject.body, here))), safe=True)


RULE = Rule(
    code="PX102",
    slug="annotation-on-the-owner",
    summary="An annotation for injection stands on the owner of the pods instead of the pods.",
    severity=Severity.ERROR,
    kinds=(*(kind for kind in WORKLOADS if kind != "Pod"), "Service"),
    check=check,
    needs=_KEYS,
    remedy="Move it to the annotations of the pod template.",
    evidence=("istio injection reads the pod", "failure mode A2"),
    fixes=("safe",),
)
