"""Names of the volumes that the agent mounts, and which of them a pod has taken for something else.

For rules. Volumes that are meant to be replaced (``workload-socket``, ``workload-certs``: SPIRE and others bring their own) are
not among them. A test compares with what ``inject.own.volumes`` adds.
"""

from proxyless.mesh.pod.pod import Pod
from proxyless.model.path import FieldPath
from proxyless.model.resource import sequence

SOURCES: dict[str, tuple[str, ...]] = {
    "istio-data": ("emptyDir",),
    "istio-xds": ("emptyDir",),
    "istio-podinfo": ("downwardAPI",),
    "istio-token": ("projected",),
    "istiod-ca-cert": ("configMap", "projected"),
}
"""Kinds of source by name; several where the cluster's release or the mesh decides."""


def taken_names(pod: Pod) -> list[tuple[str, str, FieldPath]]:
    """Volumes with one of these names and another source: name, what is expected there, and the path of the name."""
    found = []
    for index, volume in enumerate(sequence(pod.spec.get("volumes"))):
        expected = SOURCES.get(str(volume.get("name"))) if isinstance(volume, dict) else None
        if expected is not None and not any(kind in volume for kind in expected):
            path = (*pod.path, "spec", "volumes", index, "name")
            found.append((str(volume["name"]), " or ".join(expected), path))
    return found
