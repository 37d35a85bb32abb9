"""Answers of a real istiod: 1,400 generated meshes with what it sent each client and server, kept as JSON lines.

Written by a run against Istio 1.31-dev in November 2026; ``facts/effective.md`` of the project's shared notes tells how.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.kinds import KINDS
from proxyless.model.resource import Resource, resource
from proxyless.model.snapshot import Snapshot

FILE = Path(__file__).with_name("meshes.jsonl.gz")


class Told(NamedTuple):
    """One mesh and what istiod said of it."""

    name: str
    objects: list[Resource]
    clients: dict[str, dict[str, Any]]
    """By ``namespace/name`` of the pod: listeners, shorts, routes, clusters, endpoints."""
    servers: dict[str, dict[str, dict[str, Any] | None]]

    def mesh(self, *, complete: bool = True) -> Mesh:
        """The model of it. ``complete``: as listed from a cluster; else as read from a file."""
        return Mesh(Snapshot(self.objects, complete=KINDS if complete else ()), MeshOptions())

    def workload(self, name: str) -> Workload:
        """The pod of that ``namespace/name``."""
        pod = next(item for item in self.objects if item.kind == "Pod" and f"{item.namespace}/{item.name}" == name)
        found = workload_of(pod)
        assert found is not None
        return found


def told(name: str, bodies: list[dict[str, Any]], facts: dict[str, Any]) -> Told:
    """A mesh from its objects and istiod's answers."""
    read = [resource(body) for body in bodies]
    objects = [item for item in read if item is not None]
    assert len(objects) == len(bodies), f"{name}: an object is of no kind that is known"
    return Told(name, objects, facts["clients"], facts["servers"])


def meshes() -> Iterator[Told]:
    """All of them, in the order in which they were asked."""
    with gzip.open(FILE) as lines:
        for line in lines:
            said = json.loads(line)
            bodies = [body for _, body in (*said["mesh"]["objects"], *said["root"])]
            yield told(f"seed {said['seed']}", bodies, said["facts"])
