"""Objects of a wrong shape: the model answers, and never raises."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.mesh.effective.call_ends import Sides
from proxyless.mesh.effective.call_verdict import verdict
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import workload_of
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth
from proxyless.report import effective_v1

FAULTS = Path(__file__).parent / "faults"
MESHES = [
    list(yaml.safe_load_all((folder / "config.yaml").read_text()))
    for folder in sorted(FAULTS.iterdir())
    if folder.is_dir()
]
MESHES.append([body for mesh in MESHES for body in mesh])
JUNK = st.sampled_from(
    [None, "", "x", "*", "~", 0, -1, 7, True, [], [None], [{}], {}, {"x": 1}, "{{ .Values.port }}", "a/b/c"]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


PLACES = [[place for place in _places(mesh) if place[1:2] not in (("kind",), ("apiVersion",))] for mesh in MESHES]


def _ask_everything(bodies: list[Any]) -> str:
    objects = [item for body in bodies if (item := resource(body)) is not None]
    mesh = Mesh(Snapshot(objects))
    fields = effective_v1.DecidingFields(told=True)
    targets = effective_v1.Targets(mesh, Sides(lambda _: Party.PROXYLESS, lambda _: Truth.UNKNOWN), fields)
    servers, told = [], []
    for item in objects:
        workload = workload_of(item)
        if workload is None:
            continue
        client = mesh.client(workload.namespace, workload.labels)
        addresses = [*client.dialable(), ("gone.shop.svc.cluster.local", 7070)]
        found = [client.target(host, port) for host, port in addresses]
        assert all(verdict(mesh, client, target, lambda _: None).text for target in found)
        told.append(effective_v1.client(workload, [targets.of(client, target) for target in found]))
        servers += [mesh.server(workload, port) for port in (*mesh.servers.ports(workload), 5555)]
    return effective_v1.text(effective_v1.document(told, servers, fields))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_shape_is_too_strange(data: st.DataObject) -> None:
    """One to four values of a mesh are replaced by junk; everything is asked, and told as JSON."""
    index = data.draw(st.integers(0, len(MESHES) - 2))
    bodies = copy.deepcopy(MESHES[index])
    for place in data.draw(st.lists(st.sampled_from(PLACES[index]), min_size=1, max_size=4)):
        value: Any = bodies
        try:
            for step in place[:-1]:
                value = value[step]
            value[place[-1]] = data.draw(JUNK)
        except (TypeError, KeyError, IndexError):
            continue  # an earlier replacement took the place away
    assert json.loads(_ask_everything(bodies))["version"] == 1


def test_all_meshes_at_once() -> None:
    """Twenty meshes in one are answered as well."""
    assert len(json.loads(_ask_everything(MESHES[-1]))["clients"]) > len(MESHES)
