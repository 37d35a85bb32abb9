"""Which warnings the webhook counts on policies for: exactly those of bindings that warn in the namespace."""

import pytest

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.export.bindings import USUAL
from proxyless.export.statements import ALL
from proxyless.export.validating import binding
from proxyless.model.resource import Ref, Resource
from proxyless.webhook.policy_warnings import PolicyWarnings

CODES = frozenset(statement.code for statement in ALL)


def _namespace(**labels: str) -> Resource:
    named = {"kubernetes.io/metadata.name": "shop", **{f"proxyless.dev/{key}": value for key, value in labels.items()}}
    return Resource(Ref("Namespace", "", "shop"), {"metadata": {"name": "shop", "labels": named}})


@pytest.mark.parametrize(
    ("labels", "warned"),
    [
        ({}, False),
        ({"enforcement": "strict"}, False),
        ({"enforcement": "warn"}, True),
        ({"injection": "enabled"}, True),
        ({"injection": "enabled", "enforcement": "strict"}, False),
        ({"injection": "policy"}, False),
    ],
)
def test_bindings_as_they_are_exported(labels: dict[str, str], *, warned: bool) -> None:
    policies = PolicyWarnings(NotImplemented)
    policies.take(binding(statement, place) for statement in ALL for place in USUAL)
    assert policies.codes(_namespace(**labels)) == (CODES if warned else frozenset())
    policies.take(())
    assert policies.codes(_namespace(**labels)) == frozenset()


def test_a_namespace_that_is_not_known_is_not_counted_on() -> None:
    policies = PolicyWarnings(NotImplemented)
    policies.take(binding(statement, place) for statement in ALL for place in USUAL)
    assert policies.codes(None) == frozenset()


def test_a_binding_that_leaves_objects_out_is_not_counted_on() -> None:
    bound = binding(ALL[0], USUAL[1])
    bound["spec"]["matchResources"]["excludeResourceRules"] = [{"resourceNames": ["one"]}]
    policies = PolicyWarnings(NotImplemented)
    policies.take([bound])
    assert policies.codes(_namespace(enforcement="warn")) == frozenset()


async def test_where_bindings_cannot_be_read_nothing_is_counted_on() -> None:
    bound = [binding(statement, place) for statement in ALL for place in USUAL]
    tries = []

    class Api:
        def request(self, *_: object, **__: object) -> object:
            tries.append("asked")
            return {"items": bound}

    def connect() -> KubernetesApi:
        tries.append("connected")
        if len(tries) > 1:
            raise ClusterError("gone")
        return Api()  # type: ignore[return-value]

    policies = PolicyWarnings(connect)
    await policies.look()
    assert policies.codes(_namespace(enforcement="warn")) == CODES
    await policies.look()
    assert tries == ["connected", "asked", "asked"]
    policies = PolicyWarnings(connect)
    policies.take(bound)
    await policies.look()
    assert policies.codes(_namespace(enforcement="warn")) == frozenset()


def test_what_is_no_binding_is_left_alone() -> None:
    policies = PolicyWarnings(NotImplemented)
    policies.take([None, {}, {"metadata": {"labels": {"proxyless.dev/rule": "PX301"}}, "spec": {"matchResources": 1}}])
    assert policies.codes(_namespace(enforcement="warn")) == frozenset()
