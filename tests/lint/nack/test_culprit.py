"""Culprits of rejections (NACK) that real libraries gave a real istiod: texts.json was recorded with the objects of mesh.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.adapters.manifests import read_text
from proxyless.lint.nack.culprit import culprits
from proxyless.lint.nack.text import LONGEST, MOST, languages, rejections
from proxyless.lint.world import World
from proxyless.model.client import Language, parse_client
from proxyless.model.path import show
from proxyless.model.snapshot import Snapshot

HERE = Path(__file__).parent
MESH = (HERE / "mesh.yaml").read_text()
TEXTS: list[dict[str, str]] = json.loads((HERE / "texts.json").read_text())
SUBSET = "spec.subsets[0].trafficPolicy.loadBalancer.consistentHash.maglev"
CAUSES = {
    "cors": "VirtualService shop/cors spec.http[0].corsPolicy",
    "maglev": "DestinationRule shop/maglev spec.trafficPolicy.loadBalancer.consistentHash.maglev",
    "ringhuge": "DestinationRule shop/ringhuge spec.trafficPolicy.loadBalancer.consistentHash.ringHash.minimumRingSize",
    "ringsubset": f"DestinationRule shop/ringsubset {SUBSET}",
    "badregex": "VirtualService shop/badregex spec.http[0].match[0].uri.regex",
    "dupes": "WorkloadEntry shop/dupes2 spec.address",
    "emptyprefix": "VirtualService shop/emptyprefix spec.http[0].match[0].headers.x.prefix",
    "template": "AuthorizationPolicy shop/template spec.rules[0].to[0].operation.paths[0]",
    "deny": "AuthorizationPolicy shop/deny spec.rules[0].when[0].key",
}
"""What was wrong, by the name of the host or server."""


def world_of(library: str) -> World:
    """The recorded mesh; whatever its workloads are written in."""
    client = parse_client(library)
    assert client.language is not None
    said = f'"proxyless.dev/language": "{client.language.value}", "proxyless.dev/grpc-version": "{client.version}"'
    text = MESH.replace('"inject.istio.io/templates"', f'{said}, "inject.istio.io/templates"')
    read = read_text(text, "mesh.yaml")
    assert not read.problems, read.problems
    return World(Snapshot(read.resources))


def found(library: str, workload: str, kind: str, text: str) -> dict[str, str]:
    """Culprits by the short name of the host, or of the server."""
    world = world_of(library)
    made = next(item for item in world.workloads if item.resource.name == workload)
    return {
        (item.rejection.name.split("|")[-1].split(".")[0] if workload == "client" else workload): (
            f"{item.resource.ref} {show(item.path)}" if item.resource is not None else item.words
        )
        for item in culprits(world, made, kind, text)
    }


EXACT = CAUSES.keys() - {"badregex", "emptyprefix"}
"""Those whose field the feature table knows; of the others the route or its match is found."""


NAMELESS = [row for row in TEXTS if not all(item.name for item in rejections(row["kind"], row["text"]))]
"""Node tells no names of clusters and endpoints, and its older releases none at all."""
NAMED = [row for row in TEXTS if row not in NAMELESS]


@pytest.mark.parametrize("row", NAMED, ids=[f"{row['library']}-{index}" for index, row in enumerate(NAMED)])
def test_what_a_library_rejected_is_found(row: dict[str, str]) -> None:
    made = found(**row)
    assert made
    for name, place in made.items():
        assert CAUSES[name].startswith(place)
        assert "spec.http[0]" in place or name in EXACT, place
        assert place == CAUSES[name] or name not in EXACT


def test_every_language_and_type_was_recorded() -> None:
    told = {(row["library"].partition("=")[0], row["kind"]) for row in TEXTS}
    assert {language for language, _ in told} >= {"go", "python", "java", "node"}
    assert {kind for _, kind in told} == {"Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment"}
    for row in TEXTS:
        language = row["library"].partition("=")[0]
        assert Language(language) in languages(row["text"])


def test_without_a_name_the_targets_decide() -> None:
    assert {row["library"] for row in NAMELESS} == {"node=1.14.1", "node=1.10.1"}
    for row in NAMELESS:
        (nobody,) = found(**row).values()
        assert nobody.startswith("what caused it is not known")
    dialing = MESH.replace(
        '"image": "app", "ports"', '"image": "app", "args": ["xds:///maglev.shop.svc.cluster.local:7070"], "ports"'
    )
    world = World(Snapshot(read_text(dialing, "mesh.yaml").resources))
    workload = next(item for item in world.workloads if item.resource.name == "client")
    row = next(row for row in NAMELESS if row["kind"] == "Cluster")
    (item,) = culprits(world, workload, row["kind"], row["text"])
    assert item.words == f"caused by {CAUSES['maglev']}"


def test_by_the_words_alone_where_the_language_is_not_known() -> None:
    read = read_text(MESH, "mesh.yaml")
    world = World(Snapshot(read.resources))
    for row in NAMED:
        workload = next(item for item in world.workloads if item.resource.name == row["workload"])
        for item in culprits(world, workload, row["kind"], row["text"]):
            assert item.resource is not None, item.words


def test_several_resources_in_one_text() -> None:
    several = [row for row in TEXTS if len(rejections(row["kind"], row["text"])) > 1]
    assert {row["library"] for row in several} >= {"go=1.54.0", "python=1.54.3", "java=1.66.0"}
    for row in several:
        assert set(found(**row)) == {"maglev", "ringsubset"}


def test_what_the_client_does_not_get_is_nobodys_fault() -> None:
    text = 'error parsing "ClusterResource" response: resource "outbound|7070||other.away.svc.cluster.local": bad'
    (words,) = found("go=1.85.0", "client", "Cluster", text).values()
    assert words == "what caused it is not known: no object in effect for this workload is in it"


def test_a_name_inside_a_quoted_value_counts_for_nothing() -> None:
    inner = 'resource \\"outbound|7070||maglev.shop.svc.cluster.local\\": bad; resource index 3: outbound|1||x: BAD: y'
    text = (
        f'error parsing "RouteConfigResource" response: resource "outbound|7070||cors.shop.svc.cluster.local": {inner}'
    )
    (only,) = rejections("RouteConfiguration", text)
    assert only.name == "outbound|7070||cors.shop.svc.cluster.local"


def test_candidates_are_named_where_nothing_decides() -> None:
    text = (
        "xDS response validation errors: [resource index 0: xds.istio.io/grpc/lds/inbound/0.0.0.0:17070: "
        "INVALID_ARGUMENT: errors validating server Listener: [something new]]"
    )
    second = MESH + MESH[
        MESH.index('{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy"') :
    ].partition("\n")[0].replace('"name": "template"', '"name": "second"').join(("---\n", "\n"))
    world = World(Snapshot(read_text(second, "mesh.yaml").resources))
    workload = next(item for item in world.workloads if item.resource.name == "template")
    (item,) = culprits(world, workload, "Listener", text)
    assert item.resource is None
    assert item.words == (
        "what caused it is not known; it may be AuthorizationPolicy shop/second spec.rules[0].to[0].operation.paths[0], "
        "AuthorizationPolicy shop/template spec.rules[0].to[0].operation.paths[0]"
    )


WORLD = World(Snapshot(read_text(MESH, "mesh.yaml").resources))
PIECES = (
    st.sampled_from([row["text"] for row in TEXTS]) | st.text() | st.sampled_from(["resource index 0: ", "\n", '"'])
)


@settings(deadline=None)  # the machine may be busy
@given(
    st.sampled_from(["Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment", "Secret", ""]),
    st.lists(PIECES, max_size=4).map("".join),
    st.integers(0, 2000),
)
def test_no_text_is_too_strange(kind: str, text: str, cut: int) -> None:
    workload: Any = WORLD.workloads[0]
    for item in culprits(WORLD, workload, kind, text[cut:]):
        assert item.words
    assert len(rejections(kind, text * 3)) <= MOST
    assert all(len(item.words) <= LONGEST for item in rejections(kind, text))
