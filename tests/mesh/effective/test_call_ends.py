"""One call against all calls: on the meshes that istiod answered for, both say the same of what policies leave alone."""

from pathlib import Path

import pytest
import yaml

from proxyless.mesh.effective.call import Call
from proxyless.mesh.effective.call_ends import ClientCall, Code, Sides, ends, outcome
from proxyless.mesh.effective.call_verdict import Fate, verdict
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth

FAULTS = sorted(item for item in (Path(__file__).parent / "faults").iterdir() if item.is_dir())
_CODES = {
    Fate.ENCRYPTED: Code.MTLS,
    Fate.PLAINTEXT: Code.PLAINTEXT,
    Fate.FAILS: Code.UNAVAILABLE,
    Fate.UNKNOWN: Code.UNKNOWN,
}


def _party(_: Workload) -> Party:
    return Party.PROXYLESS


def _mesh(folder: Path) -> tuple[Mesh, list[Workload]]:
    bodies = yaml.safe_load_all((folder / "config.yaml").read_text())
    objects = [item for body in bodies if (item := resource(body)) is not None]
    found = [workload for item in objects if (workload := workload_of(item)) is not None]
    return Mesh(Snapshot(objects)), found


@pytest.mark.parametrize("folder", FAULTS, ids=lambda folder: folder.name)
def test_a_call_of_any_method_ends_as_the_verdict_says(folder: Path) -> None:
    mesh, workloads = _mesh(folder)
    asked = 0
    for workload in workloads:
        client = mesh.client(workload.namespace, workload.labels)
        for host in mesh.registry:
            for port in {entry.number for item in mesh.registry.of(host) for entry in item.ports}:
                target = client.target(host, port)
                said = verdict(mesh, client, target, _party)
                call = ClientCall(Call(), workload.namespace, "default", "", f"{host}:{port}")
                found = ends(mesh, client, target, call, Sides(_party, lambda _: Truth.NO))
                asked += 1
                every = target.virtual_host is None or any(item.match.takes_all for item in target.virtual_host.routes)
                if every:
                    assert {_CODES[fate] for fate in said.fates} == {end.code for end in found}, (host, port)
                    assert outcome(found, Call()).text == said.text
                else:
                    assert {end.code for end in found} <= {_CODES[fate] for fate in said.fates} | {Code.UNAVAILABLE}
    assert asked
