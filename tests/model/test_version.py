"""Versions are ordered, parsed and compared as releases are."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.errors import InputError
from proxyless.model.client import Client, Framework, Language, parse_client, parse_language
from proxyless.model.version import Span, Version

numbers = st.integers(0, 400)
versions = st.builds(
    Version, numbers, numbers, st.none() | numbers, st.sampled_from(["", "rc.0", "rc.10", "alpha.2", "beta.1", "dev"])
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.66.3", "1.66.3"),
        ("v1.31-dev", "1.31-dev"),
        (" v1.83.1 ", "1.83.1"),
        ("1.31.0-rc.0", "1.31.0-rc.0"),
        ("1.31.0rc1", "1.31.0-rc1"),
        ("1.27.3-distroless", "1.27.3"),
        ("1.22.5-asm-1", "1.22.5"),
        ("1.66.2.1", "1.66.2"),
        ("1.66.2+build.7", "1.66.2"),
        ("2", "2.0"),
    ],
)
def test_parses_what_people_tags_and_packages_write(text: str, shown: str) -> None:
    assert str(Version.parse(text)) == shown


@pytest.mark.parametrize(
    "junk", ["", "latest", "1.x", "1..2", "-1.2", "1.2.3 beta", "main", "sha256:0123", "1.2.", "\u0663.\u0661"]
)
def test_junk_is_an_input_error_that_quotes_it(junk: str) -> None:
    with pytest.raises(InputError, match="is not a version") as caught:
        Version.parse(junk)
    assert repr(junk) in str(caught.value)


def test_orders_numbers_as_numbers_and_a_prerelease_before_its_release() -> None:
    in_order = ["1.9.9", "1.10", "1.31-alpha.2", "1.31-beta.1", "1.31-rc.2", "1.31-rc.10", "1.31.0", "1.31.1", "2.0"]
    assert sorted(in_order, key=Version.parse) == in_order


@given(versions)
def test_text_is_read_back_as_the_same_version(version: Version) -> None:
    again = Version.parse(str(version))
    assert again == version
    assert (again.patch, again.pre) == (version.patch, version.pre)


@given(versions, versions, versions)
def test_order_is_total(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert not (a <= b <= c) or a <= c
    assert a != b or hash(a) == hash(b)


@given(versions)
def test_versions_do_not_change_and_survive_copying(version: Version) -> None:
    with pytest.raises(AttributeError):
        version.major = 7
    assert copy.deepcopy(version) == pickle.loads(pickle.dumps(version)) == version


@given(versions, versions, versions)
def test_a_span_holds_its_ends_and_no_line_outside(first: Version, last: Version, probe: Version) -> None:
    lines = (first.major, first.minor) < (last.major, last.minor)
    if not lines:
        return
    span = Span(first, last)
    assert first in span
    assert last in span
    assert Span.parse(str(span)) == span
    line = (probe.major, probe.minor)
    if line < (first.major, first.minor) or line > (last.major, last.minor):
        assert probe not in span


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("1.41..1.72", ["1.41.0", "1.72.9", "1.72", "1.50.1-rc.1"], ["1.40.9", "1.73.0"]),
        ("1.77..", ["1.77-dev", "1.77.0-rc.0", "9.0"], ["1.76.99"]),
        ("..1.82.0", ["1.82.0", "1.81"], ["1.82.1", "1.82"]),
        ("1.66.1..", ["1.66.1", "1.66"], ["1.66.0", "1.65"]),
        ("1.30", ["1.30", "1.30.4"], ["1.29.9", "1.31"]),
        ("..", ["0.1", "99.0"], []),
    ],
)
def test_span_ends(span: str, inside: list[str], outside: list[str]) -> None:
    read = Span.parse(span)
    assert [text for text in inside if Version.parse(text) not in read] == []
    assert [text for text in outside if Version.parse(text) in read] == []


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match="ends before it starts"):
        Span.parse("1.31..1.28")


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("python=1.85.1", Client(Framework.GRPC, Language.PYTHON, Version(1, 85, 1))),
        ("go", Client(Framework.GRPC, Language.GO)),
        ("grpc", Client()),
        ("grpc-go=1.66", Client(Framework.GRPC, Language.GO, Version(1, 66))),
        ("c++=1.60.2", Client(Framework.GRPC, Language.CPP, Version(1, 60, 2))),
        ("grpc-c++", Client(Framework.GRPC, Language.CPP)),
        ("dubbo-java=3.2.0", Client(Framework.DUBBO, Language.JAVA, Version(3, 2, 0))),
        ("dubbo", Client(Framework.DUBBO)),
        ("kitex=0.10.3", Client(Framework.KITEX, Language.GO, Version(0, 10, 3))),
    ],
)
def test_clients_are_read_and_written_alike(text: str, client: Client) -> None:
    assert parse_client(text) == client
    assert parse_client(str(client)) == client


@pytest.mark.parametrize("junk", ["cobol", "dubbo-cobol", "go=", "go=latest", "dubbo=3.2.0", "grpc=1.2.3", ""])
def test_unclear_clients_are_input_errors(junk: str) -> None:
    with pytest.raises(InputError):
        parse_client(junk)


def test_spellings_and_families_of_languages() -> None:
    assert parse_language("Node.js") is Language.NODE
    assert [language.value for language in Language if language.c_core] == ["cpp", "python", "ruby", "php"]
    assert Language.DOTNET.title == ".NET"


@pytest.mark.parametrize(
    ("span", "before"),
    [("1.29..", "up to Istio 1.28"), ("1.29.2..", "below Istio 1.29.2"), ("2.0..", "below Istio 2.0"), ("..1.28", "")],
)
def test_what_comes_before_a_range(span: str, before: str) -> None:
    assert Span.parse(span).before("Istio") == before
    assert Span.parse(span).before() == before.replace("Istio ", "")
