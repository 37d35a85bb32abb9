"""Advisories, behaviors and libraries of the table: what rules and injection ask instead of holding releases themselves."""

import pytest

from proxyless.errors import MatrixError
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Circumstance, Verdict
from proxyless.mesh.pod.libraries import library_of
from proxyless.model.client import Client, Framework, Language, parse_client
from proxyless.model.truth import Truth
from proxyless.model.version import Version

MATRIX = load()


def concerned(version: str, language: Language = Language.GO) -> set[str]:
    return {item.id for item in MATRIX.advisories if item.concerns(language, Version.parse(version))}


@pytest.mark.parametrize(
    ("version", "ids"),
    [
        ("1.79.2", {"path_without_slash", "dropped_matchers", "missing_authority", "header_name_case"}),
        ("1.79.3", {"dropped_matchers", "missing_authority", "header_name_case"}),
        ("1.82.1", {"missing_authority", "header_name_case"}),
        ("1.82.2", {"header_name_case"}),
        ("1.83.0", {"missing_authority", "header_name_case"}),
        ("1.83.1", {"missing_authority"}),
        ("1.83.2", set()),
        ("1.84.0", set()),
        ("1.85.0", set()),
    ],
)
def test_advisories_of_grpc_go_by_release(version: str, ids: set[str]) -> None:
    assert concerned(version) == {f"grpc-go.{name}" for name in ids}


def test_an_advisory_needs_the_release_and_its_own_language() -> None:
    for item in MATRIX.advisories:
        assert not item.concerns(None, None)
        assert not any(item.concerns(language, None) for language in Language)
    assert concerned("1.79.2", Language.CPP) == set()
    assert concerned("1.51.0", Language.PYTHON) == {"grpc.unusable_routes"}


def test_each_published_advisory_has_ids_and_every_circumstance_is_used() -> None:
    unpublished = {"grpc-go.drains_first"}
    published = [item for item in MATRIX.advisories if item.id.startswith("grpc-go.") and item.id not in unpublished]
    assert concerned("1.60.1") - concerned("1.61.0") == unpublished
    assert all(any(name.startswith("GO-") for name in item.ids) for item in published)
    assert {item.condition for item in MATRIX.advisories} == set(Circumstance)


def test_behaviors_answer_for_a_release_and_not_for_an_unknown_one() -> None:
    behavior = MATRIX.behavior("istio.routes_per_host")
    assert behavior.holds(Version.parse("1.31.2")) is Truth.YES
    assert behavior.holds(Version.parse("1.30.5")) is Truth.NO
    assert behavior.holds(None) is Truth.UNKNOWN
    with pytest.raises(MatrixError, match=r"no behavior has the id 'istio\.nothing'"):
        MATRIX.behavior("istio.nothing")


def test_the_agents_image_is_the_one_of_its_release() -> None:
    assert MATRIX.istio.image.endswith(f":{MATRIX.istio.agent}")
    assert MATRIX.istio.first < MATRIX.istio.checked <= MATRIX.istio.agent


def test_rust_is_known_in_part_and_what_was_not_read_is_unknown() -> None:
    rust = Client(Framework.GRPC, Language.RUST, Version.parse("0.1.0-alpha.4"))
    for row, verdict in (
        ("VirtualService.http.route.weight", Verdict.SUPPORTED),
        ("VirtualService.http.redirect.uri", Verdict.REJECTED),
        ("VirtualService.http.timeout", Verdict.UNKNOWN),
        ("AuthorizationPolicy.action.DENY", Verdict.IGNORED),
    ):
        (answer,) = MATRIX.judge(MATRIX.row(row), istio=MATRIX.istio.checked, client=rust)
        assert answer.verdict is verdict, row
    library = library_of(Language.RUST)
    assert library is not None
    assert not library.tried


def test_a_workload_that_does_not_tell_is_not_taken_for_a_rust_alpha() -> None:
    for row in MATRIX.rows("VirtualService"):
        for answer in MATRIX.judge(row, istio=MATRIX.istio.checked):
            assert "Rust" not in answer.applies, row.id


@pytest.mark.parametrize(
    ("client", "weights", "headers"),
    [
        ("dubbo-java=3.1.8", "breaks", "breaks"),
        ("dubbo-java=3.2.9", "breaks", "breaks"),
        ("dubbo-go=3.1.1", "supported", "breaks"),
    ],
)
def test_each_implementation_of_dubbo_has_its_own_answer(client: str, weights: str, headers: str) -> None:
    for row, verdict in (
        ("VirtualService.http.route.weight", weights),
        ("VirtualService.http.match.headers.exact", headers),
    ):
        answers = MATRIX.judge(MATRIX.row(row), istio=Version(1, 31), client=parse_client(client))
        assert {answer.verdict.value for answer in answers} == {verdict}


def test_libraries_without_a_column_say_how_they_are_known() -> None:
    assert {item.id for item in MATRIX.implementations} == {"xds-client", "com.linecorp.armeria:armeria-xds"}
    assert all(item.evidence and "not" in item.text for item in MATRIX.implementations if "armeria" in item.id)
