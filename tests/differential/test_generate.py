"""Generated meshes: the same from the same seed, in other slots the same but for names, and full of what is to be asked about."""

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from differential.generate import mesh_of, root_of
from differential.mesh import Mesh, home, moved

_seeds = st.integers(0, 10**9)


@given(_seeds)
def test_a_seed_always_gives_the_same_mesh(seed: int) -> None:
    assert mesh_of(seed) == mesh_of(seed)
    assert root_of(seed) == root_of(seed)


@given(_seeds, st.integers(0, 99), st.integers(0, 200_000))
def test_a_moved_mesh_comes_home(seed: int, slot: int, group: int) -> None:
    mesh = mesh_of(seed)
    assert home(moved(mesh, slot, group).plain(), group) == mesh.plain()


def test_meshes_in_two_slots_share_nothing_but_the_root_namespace() -> None:
    for seed in range(200):
        one, other = (moved(mesh_of(seed), slot, slot) for slot in (3, 14))
        spaces = [
            {item["metadata"]["namespace"] for _, item in mesh.objects} - {"istio-system"} for mesh in (one, other)
        ]
        names = [
            {
                (item["kind"], item["metadata"]["name"])
                for _, item in mesh.objects
                if item["metadata"]["namespace"] == "istio-system"
            }
            for mesh in (one, other)
        ]
        addresses = [{server.address for server in mesh.servers} for mesh in (one, other)]
        assert not spaces[0] & spaces[1]
        assert not addresses[0] & addresses[1]
        assert not names[0] & names[1]


@given(_seeds)
def test_a_mesh_survives_json(seed: int) -> None:
    mesh = mesh_of(seed)
    assert Mesh.of(json.loads(json.dumps(mesh.plain()))).plain() == mesh.plain()


def test_no_two_objects_of_a_mesh_have_the_same_name() -> None:
    for seed in range(300):
        names = Counter(
            (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]) for _, item in mesh_of(seed).objects
        )
        assert not [name for name, times in names.items() if times > 1], seed


def test_every_kind_is_drawn() -> None:
    kinds = Counter(item["kind"] for seed in range(300) for _, item in mesh_of(seed).objects)
    assert {kind for kind, times in kinds.items() if times >= 20} == {
        "AuthorizationPolicy", "DestinationRule", "EndpointSlice", "GRPCRoute", "HTTPRoute", "PeerAuthentication", "Pod",
        "ReferenceGrant", "Service", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry",
    }  # fmt: skip
