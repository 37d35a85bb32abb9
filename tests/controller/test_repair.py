"""Repair of pods without agent: where the mesh's owner allows it, within budgets and rates, never twice for one cause."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.worlds import Cluster, body, deployment, namespace, pod_of
from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller.repair import LATER, SETTLE, Repairs
from proxyless.controller.repair_decision import CAUSE, RESTARTED_AT, cause_of, hindrance, restart, settings_of
from proxyless.errors import ClusterError
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.world import World
from proxyless.mesh.workload import Workload
from proxyless.model.resource import Ref

OURS = MeshSettings(injector=True)
ROLLED = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2}
BUDGET = {"metadata": {"name": "cart"}, "spec": {"selector": {"matchLabels": {"app": "cart"}}}}


def merged(old: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


class Api:
    """The owner of the pods, budgets and Events, as an API server has them."""

    def __init__(self, owner: dict[str, Any]) -> None:
        self.owner = owner
        self.budgets: list[dict[str, Any]] = []
        self.patches: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.conflicts = 0

    def get(self, _: Ref) -> dict[str, Any]:
        return self.owner

    def request(self, method: str, path: str, made: dict[str, Any] | None = None, **_: str) -> object:
        if path.endswith("/poddisruptionbudgets"):
            return {"items": self.budgets}
        assert made is not None
        if path.endswith("/events"):
            self.reasons.append(made["reason"])
            return None
        assert (method, path) == ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/cart")
        if self.conflicts:
            self.conflicts -= 1
            raise ClusterError("changed", status=HTTPStatus.CONFLICT)
        self.patches.append(made)
        self.owner = merged(self.owner, made)
        return None


class Scene:
    """A Deployment whose second pod lacks the agent, and what repairs it."""

    def __init__(self, repair: dict[str, Any] | None) -> None:
        self.now = 0.0
        spec = {} if repair is None else {"repair": repair}
        own = deployment("cart")
        self.api = Api({**own, "status": ROLLED})
        self.cluster = Cluster(
            namespace("shop"),
            own,
            body("ProxylessMesh", "default", spec),
            pod_of("cart", 0),
            pod_of("cart", 1, agent=False),
        )
        self.repairs = self.replica()

    def replica(self) -> Repairs:
        return Repairs(cast("KubernetesApi", self.api), lambda: True, lambda: None, lambda: self.now)

    def world(self) -> World:
        return World(self.cluster.store.snapshot(), OURS)

    def look(self, seconds: float = SETTLE) -> None:
        self.repairs.act(self.world())
        self.now += seconds
        self.repairs.act(self.world())


RESTART = {"podsWithoutAgent": "restart"}


@pytest.mark.parametrize(
    "repair", [None, {}, {"podsWithoutAgent": "never"}, {"podsWithoutAgent": True}, {"perMinute": 3}]
)
def test_nothing_is_restarted_that_nobody_allowed(repair: dict[str, Any] | None) -> None:
    scene = Scene(repair)
    scene.look(1000)
    assert scene.api.patches == []
    assert scene.api.reasons == []


def test_it_restarts_as_kubectl_does_and_once_for_the_same_cause() -> None:
    scene = Scene(RESTART)
    scene.repairs.act(scene.world())
    scene.now += SETTLE - 1
    scene.repairs.act(scene.world())
    assert scene.api.patches == [], "a rollout may be about to replace them"
    scene.look()
    (patch,) = scene.api.patches
    assert list(patch["spec"]["template"]["metadata"]["annotations"]) == [RESTARTED_AT]
    assert patch["metadata"]["annotations"][CAUSE]
    assert scene.api.reasons == ["RestartedForAgent"]
    scene.cluster.put(scene.api.owner)
    scene.repairs = scene.replica()  # another process, which knows nothing of the first
    scene.look()
    scene.look(LATER)
    assert len(scene.api.patches) == 1
    assert scene.api.reasons == ["RestartedForAgent", "NotRestartedForAgent"]


def test_the_cause_goes_when_pods_have_the_agent_and_the_next_one_counts_anew() -> None:
    scene = Scene(RESTART)
    scene.look()
    scene.cluster.put(scene.api.owner)
    scene.cluster.put(pod_of("cart", 1))
    scene.look(0)
    assert CAUSE not in scene.api.owner["metadata"]["annotations"]
    scene.cluster.put(scene.api.owner)
    scene.cluster.put(pod_of("cart", 1, agent=False))
    scene.look(1000)
    assert scene.api.reasons == ["RestartedForAgent", "RestartedForAgent"]


def test_budgets_and_rollouts_are_waited_for() -> None:
    scene = Scene(RESTART)
    scene.api.budgets = [{**BUDGET, "status": {"disruptionsAllowed": 0}}]
    scene.look()
    scene.look(LATER)
    assert scene.api.patches == []
    assert scene.api.reasons == ["NotRestartedForAgent"]
    scene.api.budgets = [{**BUDGET, "status": {"disruptionsAllowed": 1}}]
    scene.api.owner["status"] = {**ROLLED, "updatedReplicas": 1}
    scene.look(LATER)
    assert scene.api.patches == []
    scene.api.owner["status"] = ROLLED
    scene.look(LATER)
    assert len(scene.api.patches) == 1


def test_an_owner_that_changed_meanwhile_is_seen_anew() -> None:
    scene = Scene(RESTART)
    scene.api.conflicts = 1
    scene.look()
    assert scene.api.reasons == []
    scene.repairs.act(scene.world())
    assert scene.api.reasons == ["RestartedForAgent"]
    assert len(scene.api.patches) == 1


def test_no_more_than_allowed_in_a_minute() -> None:
    scene = Scene({**RESTART, "perMinute": 1})
    scene.look()
    del scene.api.owner["metadata"]["annotations"][CAUSE]
    scene.look(SETTLE)
    assert len(scene.api.patches) == 1
    scene.look(60)
    assert len(scene.api.patches) == 2


def workload() -> tuple[Workload, World]:
    scene = Scene(RESTART)
    world = scene.world()
    item = world.get("Deployment", "shop", "cart")
    found = world.workload(item) if item else None
    assert found is not None
    return found, world


LABELS = st.dictionaries(st.sampled_from(("app", "tier")), st.sampled_from(("cart", "web")), max_size=2)
EXPRESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(("app", "tier")),
            "operator": st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist", "Odd")),
            "values": st.lists(st.sampled_from(("cart", "web")), max_size=2),
        }
    ),
    max_size=2,
)


@given(LABELS, EXPRESSIONS, st.sampled_from((None, "many", -1, 0, 1, 5)))
def test_a_budget_that_may_cover_the_pods_and_allows_nothing_hinders(
    labels: dict[str, str], expressions: list[dict[str, Any]], allowed: object
) -> None:
    found, world = workload()
    budget = {
        "metadata": {"name": "b"},
        "spec": {"selector": {"matchLabels": labels, "matchExpressions": expressions}},
        "status": {"disruptionsAllowed": allowed},
    }
    pod = {"app": "cart"}
    meant = {
        "In": lambda key, values: pod.get(key) in values,
        "NotIn": lambda key, values: pod.get(key) not in values,
        "Exists": lambda key, _: key in pod,
        "DoesNotExist": lambda key, _: key not in pod,
        "Odd": lambda *_: True,
    }
    covers = all(pod.get(key) == value for key, value in labels.items()) and all(
        meant[item["operator"]](item["key"], item["values"]) for item in expressions
    )
    free = isinstance(allowed, int) and allowed > 0
    owner = {"metadata": {"generation": 1}, "status": ROLLED}
    assert bool(hindrance(found, world, owner, [budget])) is (covers and not free)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("repair", "podsWithoutAgent", "perMinute", "metadata", "status", "spec", "annotations")), inner, max_size=3), max_leaves=6)  # fmt: skip


@given(st.dictionaries(st.sampled_from(("repair", "spec", "metadata", "status")), JSON, max_size=3))
def test_objects_of_any_shape_are_read(made: dict[str, Any]) -> None:
    found, world = workload()
    hindrance(found, world, made, [made])
    assert settings_of(made).per_minute > 0
    assert restart(made, cause_of(found, world), datetime.now(UTC))["spec"]
