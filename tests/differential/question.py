"""Puts meshes to istiod, a batch at a time, and gives back what it said of each. Called by `run` and `shrink`."""

from collections.abc import Sequence
from itertools import islice

from differential.ask import ask
from differential.cluster import Cluster, stamped
from differential.keep import Record
from differential.mesh import Mesh, Object, home, moved
from differential.sentinel import settle


class Questions:
    """One cluster and the number of its batches. Use it from one thread."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._batch = 0
        self._group = 0

    def put(self, meshes: Sequence[Mesh], root: Sequence[tuple[int, Object]] = ()) -> list[Record]:
        """What istiod says of each mesh, all of them in the cluster at once, beside objects that count for all.

        Objects that the API server refuses are left out of the records.
        """
        placed = [moved(mesh, slot, self._group + slot) for slot, mesh in enumerate(meshes)]
        objects = [*root, *(item for mesh in placed for item in mesh.objects)]
        self._batch += 1
        try:
            stamps = iter(self._cluster.put(objects))
            settle(self._cluster, self._batch)
            answers = ask(self._cluster.xds, placed)
        finally:
            self._cluster.remove(item for _, item in objects)
        kept_root = stamped(root, list(islice(stamps, len(root))))
        records = []
        for slot, (mesh, answer) in enumerate(zip(placed, answers, strict=True)):
            made = mesh.with_objects(stamped(mesh.objects, list(islice(stamps, len(mesh.objects)))))
            group = self._group + slot
            records.append(Record(Mesh.of(home(made.plain(), group)), kept_root, home(answer, group)))
        self._group += len(meshes)
        return records
