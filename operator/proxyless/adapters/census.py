"""What runs in the pods of each workload, counted as pods come and go. Fed and read by ``adapters.store``, inside its lock.

Pods that a workload makes are not kept, there are too many of them: of each one stands here what a decision rests on. A pod
that comes or goes costs the same however many its workload has; one that is told again as it was costs nothing.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.running import Beside, beside, made_by, runs, summed
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource, mapping

KIND = "WorkloadPods"
PodName = tuple[str, str]
"""Namespace and name of a pod."""


class SeenPod(NamedTuple):
    """One pod, as far as it counts."""

    name: PodName
    uid: str
    version: int
    """Its resourceVersion; 0: not known."""
    makers: tuple[Ref, ...]
    """Whose pod it is; empty: it has ended or is ending, and does not count."""
    beside: Beside


class Census:
    """Pods by the workload that made them. Not safe for threads by itself, but for :meth:`look`."""

    def __init__(self) -> None:
        self._pods: dict[PodName, SeenPod] = {}
        self._of: dict[Ref, dict[Beside, set[str]]] = {}
        self._makers: dict[tuple[Ref, ...], tuple[Ref, ...]] = {}
        """One value for all pods of a workload, which are many."""

    def look(self, body: Mapping[str, Any], version: int) -> SeenPod:
        """What counts of a pod, which may be forgotten after that. Nothing is counted yet."""
        metadata = mapping(body.get("metadata"))
        name = (sys.intern(str(metadata.get("namespace") or "")), str(metadata.get("name") or ""))
        uid = str(metadata.get("uid") or "")
        if not runs(body):
            return SeenPod(name, uid, version, (), Beside.NOTHING)
        known = self._pods.get(name)
        if known is not None and known.uid == uid and known.makers:
            return known._replace(version=version)  # containers and owner of a pod stay as they are
        pod = Pod(dict(body))
        return SeenPod(name, uid, version, made_by(pod, name[0]), beside(pod))

    def put(self, seen: SeenPod) -> tuple[Ref, ...]:
        """Take a pod as it is now. Returns workloads whose count may differ; none where it was known so, or is older."""
        name, known = seen.name, self._pods.get(seen.name)
        if known is not None and 0 < seen.version < known.version:
            return ()
        if known is not None and known.uid == seen.uid and known.makers and seen.makers:
            self._pods[name] = known._replace(version=seen.version)
            return ()
        before = self._forget(name)
        if not seen.makers:
            self._pods[name] = seen  # its version stays known until it is deleted
            return before
        makers = self._makers.setdefault(seen.makers, seen.makers)
        self._pods[name] = seen._replace(makers=makers)
        for maker in makers:
            self._of.setdefault(maker, {}).setdefault(seen.beside, set()).add(name[1])
        return tuple(dict.fromkeys((*before, *makers)))

    def drop(self, name: PodName, version: int) -> tuple[Ref, ...]:
        """Take that a pod is gone; one that was made anew meanwhile stays."""
        known = self._pods.get(name)
        return () if known is None or known.version > version > 0 else self._forget(name)

    def others(self, listed: Iterable[PodName], version: int) -> Iterator[PodName]:
        """Pods that a full list of some resourceVersion (0: it wins over everything) does not hold, so that they are gone."""
        there = set(listed)
        for name, seen in self._pods.items():
            if name not in there and (not version or seen.version <= version):
                yield name

    def resource(self, maker: Ref) -> Resource | None:
        """What runs in the pods of a workload, as the snapshot holds it; None: it has none."""
        pods = self._of.get(maker)
        if not pods:
            return None
        ref = ref_of(maker)
        body = {"kind": KIND, "metadata": {"namespace": ref.namespace, "name": ref.name}}
        return Resource(ref, {**body, "spec": summed(pods).spec()})

    def numbers(self, maker: Ref) -> dict[Beside, int]:
        """Pods of a workload by what runs in them."""
        return {item: len(names) for item, names in self._of.get(maker, {}).items() if names}

    def _forget(self, name: PodName) -> tuple[Ref, ...]:
        seen = self._pods.pop(name, None)
        if seen is None:
            return ()
        for maker in seen.makers:
            pods = self._of[maker]
            pods[seen.beside].discard(name[1])
            if not any(pods.values()):
                del self._of[maker]
                self._makers.pop(seen.makers, None)
        return seen.makers


def ref_of(maker: Ref) -> Ref:
    """Where the count of a workload's pods stands."""
    return Ref(KIND, maker.namespace, f"{maker.kind}/{maker.name}")
