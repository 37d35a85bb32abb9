"""Workloads by the names that people give them, and pods by what makes them."""

from typing import Any

import pytest

from mesh.objects import thing
from proxyless.cli import workload_names
from proxyless.errors import InputError
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.snapshot import Snapshot


def _owned(kind: str, name: str, by: tuple[str, str]) -> Resource:
    owner = {"kind": by[0], "name": by[1], "controller": True}
    return thing(kind, name, {}, namespace="web", ownerReferences=[owner])


def _known(*objects: Resource) -> list[Workload]:
    return [found for item in objects if (found := workload_of(item)) is not None]


CART = thing("Deployment", "cart", {}, namespace="web")
OTHER = thing("Deployment", "cart", {}, namespace="shop")


@pytest.mark.parametrize("word", ["web/deploy/cart", "web/Deployment/cart", "web/cart"])
def test_a_word_names_one(word: str) -> None:
    assert workload_names.find(word, _known(CART, OTHER)).resource is CART


def test_a_namespace_beside_the_word_counts_where_it_names_none() -> None:
    for word in ("cart", "deploy/cart"):
        assert workload_names.find(word, _known(CART, OTHER), "web").resource is CART
        with pytest.raises(InputError, match="names several workloads"):
            workload_names.find(word, _known(CART, OTHER))
    assert workload_names.find("shop/cart", _known(CART, OTHER), "web").resource is OTHER


@pytest.mark.parametrize("kind", WORKLOADS)
def test_every_kind_has_a_name_to_ask_by(kind: str) -> None:
    (workload,) = _known(thing(kind, "x", {}, namespace="web"))
    assert workload_names.find(workload_names.named(workload), [workload]) is workload


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("web/crat", "did you mean web/deploy/cart"),
        ("ops/cart", "did you mean shop/deploy/cart, web/deploy/cart"),
        ("zzz", "there are: shop/deploy/cart, web/deploy/cart"),
    ],
)
def test_a_word_that_names_none_gets_those_that_are_near(word: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        workload_names.find(word, _known(CART, OTHER))


def test_a_pod_leads_to_what_makes_it() -> None:
    pod, between = (
        _owned("Pod", "cart-5d-x", ("ReplicaSet", "cart-5d")),
        _owned("ReplicaSet", "cart-5d", ("Deployment", "cart")),
    )
    snapshot = Snapshot((CART, OTHER, between, pod))
    for word in ("cart-5d-x", "web/cart-5d-x", "web/pod/cart-5d-x"):
        found = workload_names.maker(word, snapshot)
        assert found is not None, word
        assert found.resource is CART
    found = workload_names.maker("pod/cart-5d-x", snapshot, "web")
    assert found is not None
    assert workload_names.maker("cart-5d-x", snapshot, "shop") is None
    assert workload_names.maker("cart", snapshot) is None


def test_a_circle_of_owners_ends() -> None:
    circle: tuple[Any, ...] = (_owned("Pod", "a", ("ReplicaSet", "b")), _owned("ReplicaSet", "b", ("Pod", "a")))
    assert workload_names.maker("a", Snapshot(circle)) is None
