"""Who is told of entries that contradict each other: both sides or none, and never where the webhook would see one alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.contradiction import Contradiction, contradictions
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.resource import Resource, resource

SELECTORS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["a", "b"]))
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"selector": st.fixed_dictionaries({"matchLabels": SELECTORS})},
        optional={"inject": st.booleans(), "version": st.sampled_from(["1.70", "1.70.0", "1.71", "?"])},
    ),
    max_size=3,
)


def _policy(name: str, entries: object) -> Resource:
    body = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessPolicy", "spec": {"workloads": entries}}
    made = resource({**body, "metadata": {"name": name, "namespace": "shop"}})
    assert made is not None
    return made


def _workload(labels: dict[str, str]) -> Workload:
    made = resource(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p", "namespace": "shop", "labels": labels},
            "spec": {},
        }
    )
    found = workload_of(made) if made is not None else None
    assert found is not None
    return found


def _told(subject: Resource, *others: Resource, workloads: tuple[Workload, ...] = ()) -> list[Contradiction]:
    return list(contradictions(subject, others, workloads))


@given(one=ENTRIES, two=ENTRIES, pods=st.lists(SELECTORS, max_size=3))
def test_both_sides_are_told_the_same_and_one_of_them_counts(
    one: list[dict[str, Any]], two: list[dict[str, Any]], pods: list[dict[str, str]]
) -> None:
    policies = _policy("a", one), _policy("b", two)
    workloads = tuple(map(_workload, pods))
    sides = {
        (item.ref, found.path, found.other, found.other_path): found
        for item in policies
        for found in _told(item, *policies, workloads=workloads)
    }
    for (ref, path, other, other_path), found in sides.items():
        back = sides[other, other_path, ref, path]
        assert (back.counts, back.pods) == (not found.counts, found.pods)
        assert found.counts == ((ref, path) < (other, other_path))
        assert found.value != found.other_value


@given(one=ENTRIES, two=ENTRIES, pod=SELECTORS)
def test_a_pod_that_two_entries_select_is_never_passed_over_but_for_an_exception(
    one: list[dict[str, Any]], two: list[dict[str, Any]], pod: dict[str, str]
) -> None:
    policies = _policy("a", one), _policy("b", two)
    told = {found.path for found in _told(policies[0], *policies, workloads=(_workload(pod),))}
    for index, mine in enumerate(one):
        for theirs in two:
            first, second = mine["selector"]["matchLabels"], theirs["selector"]["matchLabels"]
            both = selects(first, pod) and selects(second, pod)
            differ = None not in (mine.get("inject"), theirs.get("inject")) and mine["inject"] != theirs["inject"]
            if both and differ and not first.keys() > second.keys():
                assert ("spec", "workloads", index, "inject") in told


@given(
    spec=st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda x: st.lists(x, max_size=3), max_leaves=5)
)
def test_entries_of_any_shape_are_read(spec: object) -> None:
    assert _told(_policy("a", spec), _policy("b", [{"selector": spec, "inject": spec, "version": spec}])) is not None
