"""Namespaces of workloads, and workloads with the texts of the ConfigMaps that they refer to, kept as long as the view lives. Called by ``World`` alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from proxyless.mesh.pod.surroundings import Namespace
from proxyless.mesh.pod.variables import refers_to_maps
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.memory import View, for_each, for_key
from proxyless.model.resource import Resource, mapping
from proxyless.model.snapshot import Snapshot


@for_each
def with_maps(resource: Resource, view: View[Any]) -> Workload | None:
    """The workload that an object holds, with the texts of the ConfigMaps that it refers to."""
    found = workload_of(resource)
    if found is None or not refers_to_maps(found.pod):
        return found
    return found.with_maps(partial(_data, view.snapshot, resource.namespace))


def _data(snapshot: Snapshot, namespace: str, name: str) -> Mapping[str, Any] | None:
    item = snapshot.get("ConfigMap", namespace, name)
    return None if item is None else mapping(item.body.get("data"))


@for_key
def namespace(name: str, view: View[Any]) -> Namespace | None:
    """A namespace as injection meets it, None where it is not known."""
    item = view.snapshot.get("Namespace", "", name)
    return None if item is None else Namespace(item.name, item.labels, item.annotations)
