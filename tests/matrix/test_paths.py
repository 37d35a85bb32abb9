"""The walk over an object finds exactly the rows of its places; a slow matcher over all places is the reference."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.errors import MatrixError
from proxyless.matrix.condition import compiled
from proxyless.matrix.paths import ANY, DEPTH, EACH, RowMatch, segments, walk
from proxyless.matrix.query import load
from proxyless.matrix.rows import FieldRow
from proxyless.model.path import FieldPath, get

MATRIX = load()


def test_patterns_in_steps() -> None:
    assert segments("spec.http[].match[].headers.*.exact") == (
        "spec",
        "http",
        EACH,
        "match",
        EACH,
        "headers",
        ANY,
        "exact",
    )
    assert segments('metadata.annotations["istio.io/dry-run"]') == ("metadata", "annotations", "istio.io/dry-run")
    assert segments("xds:///") == ("xds:///",)
    for row in MATRIX.rows():
        assert all(segments(row.path))


@pytest.mark.parametrize("junk", ["spec..a", "spec.[0]", "a]", "a[", '["a"', "a.*[", "."])
def test_junk_is_no_pattern(junk: str) -> None:
    with pytest.raises(MatrixError, match="not a field pattern"):
        segments(junk)


def found(kind: str, body: dict[str, Any]) -> dict[str, list[str]]:
    """Row ids by place, rows that hold for any value of their place included."""
    places: dict[str, list[str]] = {}
    for row, path, _ in MATRIX.fields(kind, body):
        places.setdefault(".".join(map(str, path)), []).append(row.id.partition(".")[2])
    return places


def test_a_virtual_service() -> None:
    body = {
        "spec": {
            "hosts": ["echo"],
            "http": [
                {
                    "match": [{"headers": {"x-a": {"exact": "1"}, ":path": {"regex": "*"}, "x-b": {}}}],
                    "route": [{"destination": {"host": "echo"}, "weight": 0}],
                    "retries": {"attempts": 0, "retryOn": "5xx, unavailable"},
                    "timeout": None,
                },
                {"mirror": {"host": "b"}, "retries": {"attempts": 2, "retryOn": "unavailable , internal"}},
            ],
        }
    }
    assert found("VirtualService", body) == {
        "spec.http.0": ["http.order"],
        "spec.http.0.match.0.headers.x-a.exact": ["http.match.headers.exact"],
        "spec.http.0.match.0.headers.:path": ["http.match.headers.present", "http.match.headers.neverSent"],
        "spec.http.0.match.0.headers.x-b": ["http.match.headers.present"],
        "spec.http.0.route.0.destination.host": ["http.route.destination.host"],
        "spec.http.0.route.0.weight": ["http.route.weight"],
        "spec.http.0.retries.attempts": ["http.retries.attempts.zero"],
        "spec.http.0.retries.retryOn": ["http.retries.retryOn.others"],
        "spec.http.1": ["http.order"],
        "spec.http.1.mirror": ["http.mirror"],
        "spec.http.1.retries.attempts": ["http.retries.attempts"],
        "spec.http.1.retries.retryOn": ["http.retries.retryOn.grpcStatuses"],
        "spec.gateways": ["gateways.mesh"],
    }


def test_children_are_judged_like_another_path_and_absence_is_not_inherited() -> None:
    policy = {"tls": {"mode": "SIMPLE"}, "outlierDetection": {"interval": "1s"}}
    body = {
        "spec": {
            "host": "echo",
            "trafficPolicy": {"portLevelSettings": [{"port": {"number": 1}, **policy}]},
            "subsets": [{"name": "v1", "trafficPolicy": {"portLevelSettings": [{"tls": {"mode": "MUTUAL"}}]}}],
        }
    }
    places = found("DestinationRule", body)
    port = "spec.trafficPolicy.portLevelSettings.0"
    assert places[port] == ["trafficPolicy.portLevelSettings"]
    assert places[f"{port}.tls.mode"] == ["trafficPolicy.tls.mode.SIMPLE"]
    assert places[f"{port}.outlierDetection.interval"] == ["trafficPolicy.outlierDetection.interval"]
    assert places["spec.subsets.0.trafficPolicy"] == ["subsets.trafficPolicy"]
    nested = "spec.subsets.0.trafficPolicy.portLevelSettings.0"
    assert places[f"{nested}.tls.mode"] == ["trafficPolicy.tls.mode.MUTUAL"]
    assert [place for place, rows in places.items() if rows == ["trafficPolicy.tls.mode.unset"]] == [
        "spec.trafficPolicy.tls.mode"
    ]


def test_ports_of_a_peer_authentication() -> None:
    body = {"spec": {"mtls": {"mode": "STRICT"}, "portLevelMtls": {8080: {"mode": "PERMISSIVE"}}}}
    assert found("PeerAuthentication", body) == {
        "spec.mtls.mode": ["mtls.mode.STRICT"],
        "spec.portLevelMtls": ["portLevelMtls"],
        "spec.portLevelMtls.8080.mode": ["mtls.mode.PERMISSIVE"],
    }


@pytest.mark.parametrize(
    ("spec", "empty"),
    [
        ({}, True),
        ({"rules": []}, True),
        ({"action": "ALLOW", "rules": None}, True),
        ({"action": "DENY"}, False),
        ({"rules": [{}]}, False),
    ],
)
def test_an_authorization_policy_that_allows_nothing(spec: dict[str, Any], empty: bool) -> None:
    rows = [row.id for row, _, _ in MATRIX.fields("AuthorizationPolicy", {"spec": spec})]
    assert ("AuthorizationPolicy.rules.empty" in rows) is empty


def test_quoted_keys_and_service_ports() -> None:
    body = {
        "metadata": {"labels": {"istio.io/use-waypoint": "w", "a.b": "c"}},
        "spec": {
            "ports": [{"name": "tcp-a", "port": 1}, {"name": "tcp", "appProtocol": "grpc", "port": 53}, {"port": 53}]
        },
    }
    places = found("Service", body)
    assert places["metadata.labels.istio.io/use-waypoint"] == ["labels.istio.io/use-waypoint"]
    assert places["spec.ports.0.name"] == ["ports.name.other"]
    assert "spec.ports.1.name" not in places
    assert "spec.ports.1.port" not in places
    assert places["spec.ports.2.port"] == ["ports.port.undeclared"]


@pytest.mark.parametrize("kind", MATRIX.kinds)
@pytest.mark.parametrize(
    "body", [{}, {"spec": None}, {"spec": []}, {"spec": "x"}, {"metadata": 5, "spec": {"http": {}}}]
)
def test_malformed_objects_are_passed_over(kind: str, body: dict[str, Any]) -> None:
    for row, path, value in MATRIX.fields(kind, body):
        assert value is None or get(body, path) is value
        assert row.kind == kind


def test_an_object_that_holds_itself_ends() -> None:
    policy: dict[str, Any] = {"tls": {"mode": "SIMPLE"}}
    policy["portLevelSettings"] = [policy]
    rows = list(MATRIX.fields("DestinationRule", {"spec": {"trafficPolicy": policy}}))
    assert 1 < len(rows) < 1000
    assert max(len(path) for _, path, _ in rows) <= DEPTH + 4


KEYS = sorted({step for row in MATRIX.rows("VirtualService") for step in segments(row.path)} - {EACH, ANY})
SCALARS = (
    st.none() | st.booleans() | st.integers(0, 12) | st.sampled_from(["1s", "*", "5xx", "unavailable", "mesh", "x", ""])
)
BODIES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "x-a", ":path"]), inner, max_size=4)
    ),
    max_leaves=25,
)


def places_of(value: Any, path: FieldPath = (), parent: Any = None) -> Iterator[tuple[FieldPath, Any, Any]]:
    yield path, value, parent
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        if item is not None:
            yield from places_of(item, (*path, step), value)


def pattern(row: FieldRow) -> re.Pattern[str]:
    text = "".join(
        r"/\d+" if step == EACH else r"/'[^']*" if step == ANY else f"/'{re.escape(step)}"
        for step in segments(row.path)
    )
    return re.compile(text + r"\Z")


def shown(path: FieldPath) -> str:
    return "".join(f"/{step}" if isinstance(step, int) else f"/'{step}" for step in path)


def slow(kind: str, body: dict[str, Any]) -> list[tuple[str, FieldPath]]:
    """All rows against all places; rows about absent fields aside."""
    rows = [
        (row, pattern(row), None if row.when is None else compiled(row.when))
        for row in MATRIX.rows(kind)
        if row.decidable
    ]
    answers = []
    for path, value, parent in places_of(body):
        key = path[-1] if path else ""
        here = [(row, test) for row, regex, test in rows if regex.match(shown(path))]
        special = [row for row, test in here if test is not None and test(value, key, parent, body)]
        answers += [(row.id, path) for row in special or [row for row, test in here if test is None]]
    return answers


@given(BODIES)
def test_the_walk_finds_what_a_slow_matcher_finds(inner: Any) -> None:
    body = {"spec": inner}
    fast = [(item.row.id, item.path) for item in MATRIX.fields("VirtualService", body) if item.value is not None]
    assert sorted(fast, key=repr) == sorted(slow("VirtualService", body), key=repr)


@given(BODIES)
def test_the_walk_changes_nothing_and_gives_the_value_of_its_path(inner: Any) -> None:
    body = {"spec": inner}
    before = repr(body)
    for item in MATRIX.fields("VirtualService", body):
        assert get(body, item.path) is item.value
    assert repr(body) == before


def test_no_pattern_has_both_named_keys_and_any_key_below_one_place() -> None:
    for kind in MATRIX.kinds:
        below: dict[tuple[str, ...], set[bool]] = {}
        for row in MATRIX.rows(kind):
            steps = segments(row.path)
            for index, step in enumerate(steps):
                below.setdefault(steps[:index], set()).add(step == ANY)
        assert all(len(kinds) == 1 for kinds in below.values()), kind


def test_found_is_a_plain_triple() -> None:
    row, path, value = RowMatch(MATRIX.rows("Gateway")[0], ("spec",), 1)
    assert (row.kind, path, value) == ("Gateway", ("spec",), 1)
    assert walk.__doc__
