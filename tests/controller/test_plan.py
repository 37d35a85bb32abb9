"""What is written into a status: our entry alone, only where it differs, only where it says something."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.worlds import (
    Cluster,
    body,
    deployment,
    destination_rule,
    namespace,
    peer_authentication,
    service,
    virtual_service,
)
from proxyless.adapters.store import Store
from proxyless.controller.gather import gather
from proxyless.controller.judge import Pass, judge
from proxyless.controller.plan import planner
from proxyless.controller.relevant import CONDITION_KINDS
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rule import Rule
from proxyless.lint.rules import ALL
from proxyless.model.finding import Severity
from proxyless.model.resource import Ref, Resource
from proxyless.report.condition import TYPE

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FOREIGN = {"type": "Reconciled", "status": "True", "reason": "Other", "lastProbeTime": "2026-01-01T00:00:00Z"}
PROXYLESS = (namespace("shop", **{"istio-injection": "enabled"}), deployment("a"), service("a"))


SILENT = Rule(
    "PX000", "nothing", "Never fires.", Severity.INFO, tuple(sorted(CONDITION_KINDS)), lambda *_: iter(()), "None.", ()
)
"""Looks at everything and finds nothing, so that only relevance decides."""


def planned(
    store: Store, ref: Ref, rules: Sequence[Rule] = ALL, now: datetime = NOW, **changes: Any
) -> dict[str, Any] | None:
    """The plan for an object as it is in the store, or with other fields at its top."""
    plan = planner(judge(rules, gather(store, MeshSettings(), NOW)))
    item = store.get(ref)
    assert item is not None
    return plan(Resource(ref, {**item.body, **changes}), now)


PLAIN = (deployment("b", namespace="other", agent=False), service("b", namespace="other"))
VIRTUAL_SERVICE = Ref("VirtualService", "shop", "v")


def test_an_object_gets_our_condition() -> None:
    status = planned(Cluster(*PROXYLESS, virtual_service("v", "a", mirror=True)).store, VIRTUAL_SERVICE)
    assert status is not None
    assert status.keys() == {"conditions"}
    (entry,) = status["conditions"]
    assert (entry["type"], entry["status"], entry["reason"]) == (TYPE, "False", "FieldsIgnored")
    assert "PX502 spec.http[0].mirror" in entry["message"]
    assert entry["observedGeneration"] == 1


def test_what_is_written_already_is_not_written_again() -> None:
    store = Cluster(*PROXYLESS, virtual_service("v", "a")).store
    status = planned(store, VIRTUAL_SERVICE)
    assert status is not None
    assert planned(store, VIRTUAL_SERVICE, status=status) is None
    assert planned(store, VIRTUAL_SERVICE, status={**status, "validationMessages": ["x"]}) is None


@pytest.mark.parametrize("position", [0, 1, 2])
def test_entries_of_others_stay_as_and_where_they_are(position: int) -> None:
    store = Cluster(*PROXYLESS, virtual_service("v", "a")).store
    others: list[dict[str, Any]] = [FOREIGN, {**FOREIGN, "type": "Other"}]
    stale = {"type": TYPE, "status": "Unknown", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    status = planned(store, VIRTUAL_SERVICE, status={"conditions": [*others[:position], stale, *others[position:]]})
    assert status is not None
    kinds = [entry["type"] for entry in status["conditions"]]
    assert kinds.index(TYPE) == position
    assert [entry for entry in status["conditions"] if entry["type"] != TYPE] == others
    assert planned(store, VIRTUAL_SERVICE, status=status) is None


def test_a_time_changes_only_with_the_status() -> None:
    store = Cluster(*PROXYLESS, virtual_service("v", "a")).store
    old = {"type": TYPE, "status": "True", "reason": "Stale", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    status = planned(store, VIRTUAL_SERVICE, status={"conditions": [old]})
    assert status is not None
    assert status["conditions"][0]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    status = planned(store, VIRTUAL_SERVICE, status={"conditions": [{**old, "status": "False"}]})
    assert status is not None
    assert status["conditions"][0]["lastTransitionTime"] == "2026-11-21T00:00:00Z"


def test_an_object_that_changed_since_it_was_judged_is_left_for_the_next_pass() -> None:
    store = Cluster(*PROXYLESS, virtual_service("v", "a")).store
    assert planned(store, VIRTUAL_SERVICE, metadata={"generation": 2}) is None


@pytest.mark.parametrize("conditions", ["none", None, [None, "x", 3], {}])
def test_a_malformed_status_does_no_harm(conditions: Any) -> None:
    status = planned(
        Cluster(*PROXYLESS, virtual_service("v", "a")).store, VIRTUAL_SERVICE, status={"conditions": conditions}
    )
    assert status is not None
    assert [entry["type"] for entry in status["conditions"] if isinstance(entry, dict)] == [TYPE]


@pytest.mark.parametrize(
    ("item", "relevant"),
    [
        (virtual_service("v", "a"), True),
        (virtual_service("v", "a.shop.svc.cluster.local", namespace="other"), True),
        (destination_rule("v", "a.shop.svc.cluster.local", namespace="other"), True),
        (virtual_service("v", "a", namespace="other"), False),
        (destination_rule("v", "b.other.svc.cluster.local", "DISABLE", namespace="other"), False),
        (destination_rule("v", "b.other.svc.cluster.local", namespace="istio-system"), True),
        (peer_authentication("v", namespace="other"), False),
        (peer_authentication("v"), True),
    ],
)
def test_only_what_concerns_proxyless_workloads_gets_a_condition(item: dict[str, Any], relevant: bool) -> None:
    store = Cluster(*PROXYLESS, namespace("other"), *PLAIN, item).store
    ref = Ref(item["kind"], item["metadata"]["namespace"], "v")
    assert (planned(store, ref, [SILENT]) is not None) is relevant


def test_a_declared_namespace_is_relevant_before_its_first_workload() -> None:
    store = Cluster(namespace("shop", **{"proxyless.dev/enforcement": "strict"}), virtual_service("v", "a")).store
    assert planned(store, VIRTUAL_SERVICE) is not None


def test_our_entry_goes_where_it_says_nothing_any_more() -> None:
    store = Cluster(namespace("shop"), deployment("a", agent=False), virtual_service("v", "a")).store
    ours = {"type": TYPE, "status": "True"}
    assert planned(store, VIRTUAL_SERVICE, status={"conditions": [FOREIGN, ours]}) == {"conditions": [FOREIGN]}
    assert planned(store, VIRTUAL_SERVICE, status={"conditions": [FOREIGN]}) is None


def test_kinds_whose_conditions_are_not_a_plain_list_are_left_alone() -> None:
    store = Cluster(*PROXYLESS, service("b", port="x")).store
    assert planned(store, Ref("Service", "shop", "b")) is None


def policy(**spec: Any) -> dict[str, Any]:
    return body("ProxylessPolicy", "p", spec)


def own_status(store: Store, ref: Ref) -> dict[str, Any]:
    status = planned(store, ref)
    assert status is not None
    later = NOW + timedelta(days=1)
    assert planned(store, ref, now=later, status=status) is None, "a status once written must not be written again"
    return status


def by_type(status: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {entry["type"]: (entry["status"], entry["reason"], entry["message"]) for entry in status["conditions"]}


POLICY, MESH = Ref("ProxylessPolicy", "shop", "p"), Ref("ProxylessMesh", "", "default")
BROKEN = (
    *PROXYLESS,
    destination_rule("d", "a"),
    virtual_service("v", "a", mirror=True),
    namespace("web", **{"istio-injection": "enabled"}),
    deployment("b", namespace="web"),
    service("b", namespace="web"),
    virtual_service("w", "b", namespace="web", mirror=True),
)


def test_a_policy_counts_its_namespace() -> None:
    status = own_status(Cluster(*BROKEN, policy()).store, POLICY)
    assert (status["workloads"], status["findings"]["error"], status["findings"]["warning"]) == (1, 1, 1)
    assert by_type(status)["Accepted"][0] == "True"
    ready, reason, message = by_type(status)[TYPE]
    assert (ready, reason, message) == ("False", "WillNotWork", "1 error: DestinationRule shop/d (PX302).")
    assert "notChecked" not in status


def test_the_mesh_counts_everything() -> None:
    status = own_status(Cluster(*BROKEN, policy(), body("ProxylessMesh", "default")).store, MESH)
    assert (status["workloads"], status["findings"]["error"], status["findings"]["warning"]) == (2, 1, 2)
    assert by_type(status)["Complete"][0] == "True"
    assert status["notChecked"] == []


def test_counts_are_not_written_before_everything_was_judged_once() -> None:
    store = Cluster(*BROKEN, policy()).store
    work = Pass(ALL, gather(store, MeshSettings(), NOW))
    item = store.get(POLICY)
    assert item is not None
    assert planner(work.step(3))(item, NOW) is None
    first = work.step(1000)
    assert planner(first)(item, NOW) is not None
    later = Pass(ALL, gather(store, MeshSettings(), NOW), first, everything=True)
    assert planner(later.step(3))(item, NOW) is not None


def test_excused_findings_are_counted_apart() -> None:
    entry = {"rule": "PX302", "kind": "DestinationRule", "name": "d", "reason": "the server follows tomorrow"}
    status = own_status(Cluster(*BROKEN, policy(exceptions=[entry])).store, POLICY)
    assert (status["findings"]["error"], status["excused"]) == (0, 1)
    assert by_type(status)[TYPE][:2] == ("True", "FieldsIgnored")


def test_kinds_that_could_not_be_read_are_told() -> None:
    cluster = Cluster(*BROKEN, body("ProxylessMesh", "default"))
    cluster.store.incomplete("EnvoyFilter", "forbidden")
    status = own_status(cluster.store, MESH)
    assert status["notChecked"] == ["EnvoyFilter: forbidden"]
    assert by_type(status)["Complete"] == (
        "False",
        "KindsNotChecked",
        "Not checked: EnvoyFilter; status.notChecked says why.",
    )


def test_a_policy_that_does_not_fit_says_why() -> None:
    status = own_status(Cluster(*PROXYLESS, policy(exceptions=[{"rule": "PX502"}])).store, POLICY)
    assert by_type(status)["Accepted"] == ("False", "Invalid", "not used: spec.exceptions[0].reason: Field required")


def test_a_policy_with_a_field_of_a_newer_version_is_in_use() -> None:
    status = own_status(Cluster(*PROXYLESS, policy(future=1)).store, POLICY)
    assert by_type(status)["Accepted"][:2] == ("True", "UnknownFields")


def test_policies_that_contradict_each_other_are_both_told() -> None:
    def entry(**said: Any) -> dict[str, Any]:
        return {"workloads": [{"selector": {"matchLabels": {"app": "a"}}, **said}]}

    def told(ref: Ref, *others: dict[str, Any]) -> tuple[str, str, str]:
        return by_type(own_status(Cluster(*PROXYLESS, policy(**entry(inject=True)), *others).store, ref))["Accepted"]

    other = body("ProxylessPolicy", "q", entry(inject=False))
    assert told(POLICY, other) == (
        "True",
        "Contradicted",
        (
            "spec.workloads[0].inject is true here and false in ProxylessPolicy shop/q (spec.workloads[0].inject), for Deployment "
            "shop/a: ProxylessPolicy shop/p counts, since it is the first by namespace and name."
        ),
    )
    state, reason, message = told(other_ref := Ref("ProxylessPolicy", "shop", "q"), other)
    assert (state, reason) == ("True", "Contradicted")
    assert "ProxylessPolicy shop/p (spec.workloads[0].inject) counts" in message
    assert told(POLICY)[1] == "Accepted"
    refused = body("ProxylessPolicy", "q", {**entry(inject=False), "exceptions": [{"rule": "PX502"}]})
    assert told(POLICY, refused)[1] == "Accepted"
    assert told(other_ref, refused)[:2] == ("False", "Invalid")


def test_conditions_of_others_on_our_kinds_stay() -> None:
    store = Cluster(*PROXYLESS, policy()).store
    status = planned(store, POLICY, status={"conditions": [FOREIGN]})
    assert status is not None
    assert FOREIGN in status["conditions"]


def test_a_setting_of_istio_that_no_pod_may_have_is_told_on_the_mesh() -> None:
    values = {"global": {"network": "bad network !!"}}
    injector = body("InjectorConfig", "istio-sidecar-injector", namespace="istio-system", **values)
    status = own_status(Cluster(*PROXYLESS, body("ProxylessMesh", "default"), injector).store, MESH)
    state, reason, message = by_type(status)["Accepted"]
    assert (state, reason) == ("True", "PartlyUsed")
    assert message.startswith("ConfigMap istio-system/istio-sidecar-injector: global.network is not used:")
