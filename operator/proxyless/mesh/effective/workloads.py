"""Index of workloads, WorkloadEntries and EndpointSlices by namespace. Pure; used by ``endpoints`` and ``servers``."""

from collections.abc import Mapping

from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.resource import WORKLOADS, Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of an EndpointSlice: the Service that it belongs to."""


class Workloads:
    """Pods and owners of pods; each namespace is read at its first question."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._in: dict[str, tuple[Workload, ...]] = snapshot.cache()
        self._slices: dict[str, dict[str, list[Resource]]] = snapshot.cache()
        self._addresses: dict[str, dict[str, str]] = snapshot.cache()

    def knows(self, kind: str, namespace: str) -> bool:
        """Whether a missing object of a kind in a namespace does not exist."""
        return kind in self._snapshot.complete or (kind != "EndpointSlice" and self._snapshot.knows(kind, namespace))

    def knows_pods(self, namespace: str) -> bool:
        """Whether the pods of a namespace are known, so that none means none."""
        return bool(self.of(namespace)) or not self._snapshot.complete.isdisjoint(WORKLOADS)

    def of(self, namespace: str) -> tuple[Workload, ...]:
        """Workloads of a namespace; pods that an owner makes are left to their owner."""
        known = self._in.get(namespace)
        if known is None:
            found = (workload_of(item) for kind in WORKLOADS for item in self._snapshot.of_kind(kind, namespace))
            known = self._in[namespace] = tuple(item for item in found if item is not None)
        return known

    def selected(self, namespace: str, selector: Mapping[str, object]) -> list[Workload]:
        """Workloads that a selector selects; an empty one selects none."""
        return [item for item in self.of(namespace) if selector and selects(selector, item.labels)]

    def entries(self, namespace: str, selector: Mapping[str, object]) -> list[Resource]:
        """WorkloadEntries that a selector selects; those without labels cannot be selected."""
        return [
            item
            for item in self._snapshot.of_kind("WorkloadEntry", namespace)
            if selector and (labels := mapping(item.spec.get("labels"))) and selects(selector, labels)
        ]

    def slices(self, service: Resource) -> list[Resource]:
        """EndpointSlices of a Service."""
        return self._by_service(service.namespace).get(service.name, [])

    def _by_service(self, namespace: str) -> dict[str, list[Resource]]:
        known = self._slices.get(namespace)
        if known is None:
            known = {}
            for item in self._snapshot.of_kind("EndpointSlice", namespace):
                name = item.labels.get(SERVICE_NAME)
                if name:
                    known.setdefault(str(name), []).append(item)
            self._slices[namespace] = known
        return known

    def pod(self, namespace: str, target: Mapping[str, object]) -> Workload | None:
        """The pod that an endpoint's ``targetRef`` names, else its owner: that of whose name its own is made."""
        if target.get("kind") != "Pod":
            return None
        namespace, name = str(target.get("namespace") or namespace), str(target.get("name"))
        pod = self._snapshot.get("Pod", namespace, name)
        if pod is not None:
            return Workload(pod, Pod(pod.body))
        owners = [item for item in self.of(namespace) if name.startswith(f"{item.resource.name}-")]
        return max(owners, key=lambda item: len(item.resource.name), default=None)

    def address(self, workload: Workload) -> str:
        """The IP address of a pod: its status, else an EndpointSlice that names it; empty where none tells."""
        resource = workload.resource
        if resource.kind != "Pod":
            return ""
        said = mapping(resource.body.get("status")).get("podIP")
        return str(said) if said else self._told(resource.namespace).get(resource.name, "")

    def _told(self, namespace: str) -> dict[str, str]:
        known = self._addresses.get(namespace)
        if known is None:
            known = {}
            for item in self._snapshot.of_kind("EndpointSlice", namespace):
                for entry in map(mapping, sequence(item.body.get("endpoints"))):
                    target, addresses = mapping(entry.get("targetRef")), sequence(entry.get("addresses"))
                    if target.get("kind") == "Pod" and addresses:
                        known.setdefault(str(target.get("name")), str(addresses[0]))
            self._addresses[namespace] = known
        return known
