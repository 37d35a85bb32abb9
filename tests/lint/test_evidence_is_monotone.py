"""Evidence is monotone: what has nothing to do with a rule case changes no verdict on it, and a fact only makes it surer.

Objects are added to every case at random: workloads, Services and Namespaces of a namespace that the case does not know,
without any trace of gRPC; then a proxyless workload there, which may make a finding graver or surer, never the other way.
The same is held of each case's policies and routes moved to the root namespace, where they are for everybody, and where the
caller says by ``--client`` who is in the mesh.
"""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lint.rule_cases import Case
from lint.test_rules import EVERY
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.client import parse_client
from proxyless.model.finding import Finding, Severity
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

FAR = "far-away"
ROOT = "istio-system"
_GRADES = (Severity.INFO, Severity.WARNING, Severity.ERROR)
_FOR_ALL = (
    "PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication", "EnvoyFilter", "WasmPlugin", "TrafficExtension", "Telemetry",
    "Sidecar", "DestinationRule", "VirtualService", "ProxyConfig", "MeshConfig",
)  # fmt: skip
"""Kinds that count for all namespaces where they stand in the root namespace, as far as there is such a meaning."""
_Place = tuple[str, Ref, object]


def _template(annotations: dict[str, str]) -> dict[str, Any]:
    container = {"name": "app", "image": "example.org/night:1", "ports": [{"containerPort": 8080}]}
    labels = {"app": "night"}
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": [container]}}


def _workload(kind: str, number: int, annotations: dict[str, str]) -> Resource:
    template = _template(annotations)
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "night"}}, "template": template}
    if kind == "CronJob":
        spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
    return _made(kind, f"night-{number}", spec)


def _service(number: int) -> Resource:
    return _made("Service", f"night-{number}", {"selector": {"app": "night"}, "ports": [{"name": "tcp", "port": 8080}]})


def _made(kind: str, name: str, spec: dict[str, Any]) -> Resource:
    api = {"CronJob": "batch/v1", "Service": "v1"}.get(kind, "apps/v1")
    body = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": FAR}, "spec": spec}
    return Resource(Ref(kind, FAR, name), body)


_NAMESPACE = Resource(Ref("Namespace", "", FAR), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": FAR}})
_STRANGERS = st.lists(
    st.one_of(
        st.builds(
            _workload,
            st.sampled_from(("Deployment", "StatefulSet", "CronJob")),
            st.integers(0, 3),
            st.sampled_from(({}, {"example.org/team": "night"})),
        ),
        st.builds(_service, st.integers(0, 3)),
        st.just(_NAMESPACE),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item.ref,
)


def _verdicts(world: World, *added: Resource) -> dict[_Place, Finding]:
    """Findings on a world's own objects."""
    whole = World(Snapshot([*world.snapshot, *added], complete=world.snapshot.complete), world.settings, world.matrix)
    return {(item.code, item.ref, item.path): item for item in run(ALL, whole, world.snapshot).findings}


def _world(case: Case, *, rooted: bool, client: bool) -> World:
    """A case's world; ``rooted``: its policies and routes alone, in the root namespace; ``client``: a Python client is said to be there."""
    world = case.world()
    settings = world.settings._replace(clients=(parse_client("python"),)) if client else world.settings
    objects = [_moved(item) for item in world.snapshot if item.kind in _FOR_ALL] if rooted else list(world.snapshot)
    return World(Snapshot(objects, complete=world.snapshot.complete), settings, world.matrix)


def _moved(item: Resource) -> Resource:
    body = {**item.body, "metadata": {**item.body["metadata"], "namespace": ROOT}}
    return Resource(Ref(item.kind, ROOT, item.name), body)


def _shown(finding: Finding) -> tuple[Severity, str, bool]:
    return finding.severity, finding.applies, finding.deny


_WORLDS = st.builds(_world, st.sampled_from(EVERY), rooted=st.booleans(), client=st.booleans())


@settings(max_examples=400, deadline=None)
@given(_WORLDS, _STRANGERS)
def test_strangers_change_nothing(world: World, strangers: list[Resource]) -> None:
    before = {place: _shown(item) for place, item in _verdicts(world).items()}
    after = {place: _shown(item) for place, item in _verdicts(world, *strangers).items()}
    assert after == before


@pytest.mark.parametrize("client", [False, True])
def test_strangers_silence_no_policy_for_all(*, client: bool) -> None:
    """Each case once, its policies and routes in the root namespace, beside a plain workload elsewhere; some say something."""
    told = 0
    for case in EVERY:
        world = _world(case, rooted=True, client=client)
        before = {place: _shown(item) for place, item in _verdicts(world).items()}
        after = {place: _shown(item) for place, item in _verdicts(world, _workload("Deployment", 0, {})).items()}
        assert after == before, case
        told += len(before)
    assert told > 300


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EVERY), st.booleans())
def test_a_proxyless_workload_elsewhere_takes_nothing_back(case: Case, rooted: bool) -> None:
    assume(not case.settings().clients)  # what the caller says of clients counts until one is seen
    agent = {
        "inject.istio.io/templates": "grpc-agent",
        "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true}',
    }
    world = _world(case, rooted=rooted, client=False)
    after = _verdicts(world, _workload("Deployment", 0, agent))
    for place, item in _verdicts(world).items():
        if item.code.startswith("PX9"):
            continue  # Dubbo's and Kitex's: where a gRPC client is known too, the rules for gRPC speak of the same fields
        assert place in after, f"{place} is gone"
        assert _GRADES.index(after[place].severity) >= _GRADES.index(item.severity), place
        assert item.applies or not after[place].applies, place
