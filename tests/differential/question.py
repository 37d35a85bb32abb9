"""Puts meshes to istiod, a batch at a time, and gives back what it said of each. Called by `run` and `shrink`."""

import time
from collections.abc import Callable, Sequence
from itertools import islice

from differential.ask import ask
from differential.cluster import Cluster, stamped
from differential.keep import Record
from differential.mesh import Mesh, Object, home, moved
from differential.sentinel import settle

_SECOND_LOOK = 1.0
"""Seconds."""


class Questions:
    """One cluster and the number of its batches. Use it from one thread."""

    def __init__(self, cluster: Cluster, *, envoys: bool = False) -> None:
        self._cluster = cluster
        self._envoys = envoys
        self._batch = 0
        self._group = 0

    def put(
        self,
        meshes: Sequence[Mesh],
        root: Sequence[tuple[int, Object]] = (),
        *,
        doubt: Callable[[Record], object] | None = None,
    ) -> list[Record]:
        """What istiod says of each mesh, all of them in the cluster at once, beside objects that count for all.

        Objects that the API server refuses are left out of the records. Where ``doubt`` says so of a record, all are asked
        once more a second later: then istiod may not have taken up everything.
        """
        placed = [moved(mesh, slot, self._group + slot) for slot, mesh in enumerate(meshes)]
        objects = [*root, *(item for mesh in placed for item in mesh.objects)]
        self._batch += 1
        try:
            stamps = self._cluster.put(objects)
            settle(self._cluster, self._batch)
            records = self._records(placed, root, stamps)
            if doubt is not None and any(map(doubt, records)):
                time.sleep(_SECOND_LOOK)
                records = self._records(placed, root, stamps)
        finally:
            self._cluster.remove(item for _, item in objects)
        self._group += len(meshes)
        return records

    def _records(
        self, placed: Sequence[Mesh], root: Sequence[tuple[int, Object]], stamps: Sequence[str | None]
    ) -> list[Record]:
        left = iter(stamps)
        kept_root = stamped(root, list(islice(left, len(root))))
        records = []
        for slot, (mesh, answer) in enumerate(
            zip(placed, ask(self._cluster.xds, placed, envoys=self._envoys), strict=True)
        ):
            made = mesh.with_objects(stamped(mesh.objects, list(islice(left, len(mesh.objects)))))
            group = self._group + slot
            records.append(Record(Mesh.of(home(made.plain(), group)), kept_root, home(answer, group)))
        return records
