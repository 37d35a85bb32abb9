"""What a change touches: judging only that gives the same verdicts as judging everything."""

import random
from datetime import UTC, datetime

import pytest

from controller.worlds import (
    NOW,
    Cluster,
    anything,
    body,
    deployment,
    destination_rule,
    namespace,
    peer_authentication,
    pod_of,
    service,
    virtual_service,
)
from proxyless.adapters.store_change import Change, PendingChange
from proxyless.controller.gather import gather
from proxyless.controller.judge import Judged, Pass, judge
from proxyless.controller.plan import planner
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.model.kinds import OWN_KINDS
from proxyless.model.resource import Ref


def judged(cluster: Cluster, before: Judged | None = None, changed: frozenset[Ref] = frozenset()) -> Judged:
    return judge(ALL, gather(cluster.store, MeshSettings(), NOW), before, changed)


def codes(result: Judged, kind: str, name: str, place: str = "shop") -> set[str]:
    return {finding.code for finding in result.verdicts[Ref(kind, place, name)].findings}


@pytest.mark.parametrize("seed", range(25))
def test_judging_what_a_change_touches_equals_judging_everything(seed: int) -> None:
    chance = random.Random(seed)
    cluster = Cluster(*(anything(chance) for _ in range(12)))
    heard: list[Change] = []
    cluster.store.subscribe(heard.append)
    result = judged(cluster)
    for _ in range(40):
        if chance.random() < 0.3 and (present := list(cluster.store.snapshot())):
            cluster.remove(chance.choice(present))
        else:
            cluster.put(anything(chance))
        change = sum(heard, Change())
        heard.clear()
        result = judged(cluster, result, change.content)
        assert result.verdicts == judged(cluster).verdicts
    assert result.verdicts, "the worlds must hold something to judge"


@pytest.mark.parametrize("seed", range(10))
def test_passes_that_give_way_judge_everything_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    cluster = Cluster(*(anything(chance) for _ in range(20)))
    heard: list[Change] = []
    cluster.store.subscribe(heard.append)
    result = judged(cluster)
    owed: tuple[Ref, ...] = ()
    for _ in range(60):
        for _ in range(chance.randrange(3)):
            cluster.put(anything(chance))
        change = sum(heard, Change())
        heard.clear()
        work = Pass(ALL, gather(cluster.store, MeshSettings(), NOW), result, change.content, owed)
        for _ in range(chance.randrange(1, 3)):
            result = work.step(2)
        owed = tuple(work.todo)
    work = Pass(ALL, gather(cluster.store, MeshSettings(), NOW), result, sum(heard, Change()).content, owed)
    while work.todo:
        result = work.step(2)
    assert result.verdicts == judged(cluster).verdicts


@pytest.mark.parametrize("seed", range(10))
def test_only_statuses_of_altered_objects_differ(seed: int) -> None:
    chance = random.Random(seed)
    cluster = Cluster(*(anything(chance) for _ in range(15)))
    heard: list[Change] = []
    cluster.store.subscribe(heard.append)
    result = judged(cluster)
    written = statuses(result)
    owed, unseen = tuple[Ref, ...](), frozenset[Ref]()
    seen = 0
    for _ in range(40):
        if chance.random() < 0.3 and (present := list(cluster.store.snapshot())):
            cluster.remove(chance.choice(present))
        else:
            cluster.put(anything(chance))
        pending = PendingChange()
        for change in heard:
            pending.add(change)
        heard.clear()
        whole = chance.random() < 0.5
        work = Pass(
            ALL, gather(cluster.store, MeshSettings(), NOW), result, pending.whole().content, owed, unseen=unseen
        )
        altered = set[Ref]()
        for _ in range(len(work.todo) + 1 if whole else 1):
            result = work.step(3)
            altered |= result.altered
        owed, unseen = tuple(work.todo), frozenset(work.unseen)
        now = statuses(result)
        written = {ref: now.get(ref) if ref in altered else status for ref, status in written.items()}
        written |= {ref: status for ref, status in now.items() if ref in altered}
        seen += len(altered)
        if not owed:
            assert {ref: status for ref, status in written.items() if ref in now} == now
    assert seen


def statuses(result: Judged) -> dict[Ref, object]:
    """What each object's status should say; of our own kinds not, which are looked at after each pass."""
    plan = planner(result)
    return {item.ref: plan(item, NOW) for item in result.gathered.snapshot if item.kind not in OWN_KINDS}


def test_pods_that_are_as_they_should_be_touch_nothing() -> None:
    cluster = Cluster(namespace("shop"), deployment("a"), service("a"), peer_authentication("p"), pod_of("a", 0))
    before = judged(cluster)
    heard: list[Change] = []
    cluster.store.subscribe(heard.append)
    for number in range(3):
        cluster.put(pod_of("a", number))
        cluster.put(pod_of("a", number, phase="Pending"))
    assert sum(heard, Change()) == Change()
    assert "PX130" not in codes(before, "PeerAuthentication", "p")


def test_pods_without_agent_touch_what_speaks_of_their_namespace() -> None:
    elsewhere = [
        deployment("a", namespace="web"),
        service("a", namespace="web"),
        destination_rule("w", "a", namespace="web"),
    ]
    rules = [destination_rule("near", "a"), destination_rule("names", "a.shop.svc.cluster.local", namespace="web")]
    cluster = Cluster(namespace("shop"), deployment("a"), service("a"), peer_authentication("p"), *elsewhere, *rules)
    before = judged(cluster)
    heard: list[Change] = []
    cluster.store.subscribe(heard.append)
    cluster.put(pod_of("a", 0))
    cluster.put(pod_of("a", 1, agent=False))
    change = sum(heard, Change())
    assert change.content == {Ref("WorkloadPods", "shop", "Deployment/a")}
    after = judged(cluster, before, change.content)
    assert "PX129" in codes(after, "Deployment", "a")
    assert "PX130" in codes(after, "PeerAuthentication", "p")
    assert "PX130" in codes(after, "DestinationRule", "near")
    assert Ref("DestinationRule", "web", "names") in after.rechecked
    cluster.put(pod_of("a", 2, agent=False))
    worse = judged(cluster, after, change.content)
    assert worse.verdicts == judged(cluster).verdicts
    assert Ref("DestinationRule", "shop", "near") in worse.rechecked
    cluster.put(pod_of("a", 1))
    cluster.put(pod_of("a", 2))
    healed = judged(cluster, worse, change.content)
    assert healed.verdicts == judged(cluster).verdicts
    assert "PX130" not in codes(healed, "PeerAuthentication", "p")


def test_what_is_near_a_change_is_judged_first() -> None:
    far = [deployment(f"d{number}", namespace="far") for number in range(5)]
    rules = [destination_rule("near", "a"), destination_rule("b", "a.shop.svc.cluster.local", namespace="far")]
    cluster = Cluster(namespace("shop"), namespace("far"), *far, deployment("a"), service("a"), *rules)
    before = judged(cluster)
    cluster.put(peer_authentication("p"))
    changed = {Ref("PeerAuthentication", "shop", "p")}
    work = Pass(ALL, gather(cluster.store, MeshSettings(), NOW), before, changed)
    places = [ref.namespace for ref in work.todo]
    assert work.todo[0] in changed
    assert Ref("DestinationRule", "shop", "near") in work.todo
    assert places == sorted(places, key=lambda place: place != "shop")


def test_a_peer_authentication_touches_the_destination_rule_of_its_servers() -> None:
    cluster = Cluster(namespace("shop"), deployment("a"), service("a"), destination_rule("a", "a"))
    before = judged(cluster)
    assert "PX302" in codes(before, "DestinationRule", "a")
    cluster.put(peer_authentication("p"))
    after = judged(cluster, before, frozenset({Ref("PeerAuthentication", "shop", "p")}))
    assert "PX302" not in codes(after, "DestinationRule", "a")
    assert Ref("DestinationRule", "shop", "a") in after.rechecked


def test_what_a_change_does_not_touch_is_not_judged_again() -> None:
    cluster = Cluster(namespace("shop"), deployment("a"), virtual_service("v", "a"), service("a"))
    before = judged(cluster)
    cluster.put(body("AuthorizationPolicy", "p", {"action": "AUDIT", "rules": [{}]}))
    after = judged(cluster, before, frozenset({Ref("AuthorizationPolicy", "shop", "p")}))
    assert Ref("AuthorizationPolicy", "shop", "p") in after.rechecked
    untouched = Ref("VirtualService", "shop", "v")
    assert untouched not in after.rechecked
    assert after.verdicts[untouched] is before.verdicts[untouched]


def test_what_is_gone_has_no_verdict_and_is_told() -> None:
    cluster = Cluster(virtual_service("v", "a"))
    before = judged(cluster)
    cluster.delete("VirtualService", "v")
    after = judged(cluster, before, frozenset({Ref("VirtualService", "shop", "v")}))
    assert Ref("VirtualService", "shop", "v") not in after.verdicts
    assert Ref("VirtualService", "shop", "v") in after.rechecked


def test_nothing_touches_nothing() -> None:
    cluster = Cluster(namespace("shop"), deployment("a"), service("a"), destination_rule("a", "a"))
    assert judged(cluster, judged(cluster)).rechecked == frozenset()


def test_exceptions_end_by_themselves() -> None:
    entry = {"rule": "PX502", "reason": "until the migration", "expires": "2026-12-01T00:00:00Z"}
    cluster = Cluster(
        namespace("shop"),
        deployment("a"),
        virtual_service("v", "a", mirror=True),
        body("ProxylessPolicy", "p", {"exceptions": [entry]}),
    )
    before = gather(cluster.store, MeshSettings(), NOW)
    assert before.next_expiry() == datetime(2026, 12, 1, tzinfo=UTC)
    assert "PX502" not in codes(judge(ALL, before), "VirtualService", "v")
    after = gather(cluster.store, MeshSettings(), datetime(2026, 12, 1, tzinfo=UTC))
    assert after.next_expiry() is None
    assert "PX502" in codes(judge(ALL, after), "VirtualService", "v")
