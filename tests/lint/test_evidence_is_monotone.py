"""Evidence is monotone: what has nothing to do with a rule case changes no verdict on it, and a fact only makes it surer.

Objects are added to every case at random: workloads, Services and Namespaces of a namespace that the case does not know,
without any trace of gRPC; then a proxyless workload there, which may make a finding graver or surer, never the other way.
"""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lint.rule_cases import Case
from lint.test_rules import EVERY
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Severity
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

FAR = "far-away"
ROOT = "istio-system"
_GRADES = (Severity.INFO, Severity.WARNING, Severity.ERROR)
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


def _verdicts(case: Case, *added: Resource) -> dict[_Place, Finding]:
    """Findings on the case's own objects."""
    world = case.world()
    whole = World(Snapshot([*world.snapshot, *added], complete=world.snapshot.complete), world.settings, world.matrix)
    return {
        (item.code, item.ref, item.path): item
        for item in run(ALL, whole, world.snapshot).findings
        if item.ref.namespace != ROOT  # every workload is under what stands there
    }


def _shown(finding: Finding) -> tuple[Severity, str, bool]:
    return finding.severity, finding.applies, finding.deny


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EVERY), _STRANGERS)
def test_strangers_change_nothing(case: Case, strangers: list[Resource]) -> None:
    before = {place: _shown(item) for place, item in _verdicts(case).items()}
    after = {place: _shown(item) for place, item in _verdicts(case, *strangers).items()}
    assert after == before


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EVERY))
def test_a_proxyless_workload_elsewhere_takes_nothing_back(case: Case) -> None:
    assume(not case.settings().clients)  # what the caller says of clients counts until one is seen
    agent = {
        "inject.istio.io/templates": "grpc-agent",
        "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true}',
    }
    after = _verdicts(case, _workload("Deployment", 0, agent))
    for place, item in _verdicts(case).items():
        if item.code.startswith("PX9"):
            continue  # Dubbo's and Kitex's: where a gRPC client is known too, the rules for gRPC speak of the same fields
        assert place in after, f"{place} is gone"
        assert _GRADES.index(after[place].severity) >= _GRADES.index(item.severity), place
        assert item.applies or not after[place].applies, place
