"""Whatever arrives: never a 500, never a patch that cannot be applied, never a refusal that no rule gave."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webhook.served import Served
from webhook.wire import Wire, peer_authentication, pod, review

_SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20)
_KEYS = st.sampled_from(
    [
        "metadata",
        "spec",
        "containers",
        "name",
        "namespace",
        "labels",
        "annotations",
        "env",
        "mtls",
        "mode",
        "selector",
        "http",
        "route",
        "match",
        "hosts",
        "volumes",
        "template",
        "ports",
        "uid",
        "kind",
        "apiVersion",
    ]
) | st.text(max_size=8)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=25
)
_SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_PATHS = st.sampled_from(["/inject", "/inject/namespace", "/inject/pod", "/strict", "/warn"])


def _mutated(value: Any, draw: Any) -> Any:
    """A copy in which some places hold something else, or nothing."""
    if draw(st.integers(0, 14)) == 0:
        return draw(_JSON)
    if isinstance(value, dict):
        return {key: _mutated(item, draw) for key, item in value.items() if draw(st.integers(0, 30)) != 0}
    if isinstance(value, list):
        return [_mutated(item, draw) for item in value]
    return value


@st.composite
def _reviews(draw: Any) -> Any:
    made, plural = draw(
        st.sampled_from(
            [
                (pod(), "pods"),
                (peer_authentication("PERMISSIVE"), "peerauthentications"),
                ({**peer_authentication("STRICT"), "spec": None}, "peerauthentications"),
                (_virtual_service(), "virtualservices"),
            ]
        )
    )
    return _mutated(review(made, plural=plural), draw)


def _virtual_service() -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "echo", "namespace": "shop"},
        "spec": {
            "hosts": ["echo"],
            "http": [
                {
                    "match": [{"uri": {"prefix": "/a"}}],
                    "mirror": {"host": "b"},
                    "route": [{"destination": {"host": "echo", "subset": "v1"}, "weight": 20}],
                }
            ],
        },
    }


def _check(wire: Wire, path: str, data: bytes) -> None:
    reply = wire.send("POST", path, data)
    assert reply.status in (200, 400), (reply.status, reply.text)
    if reply.status == 200:
        response = reply.response
        sent = json.loads(data)
        assert response["uid"] == sent["request"]["uid"]
        reply.patched(sent["request"]["object"])
        assert all(len(text.encode()) <= 2048 and text.isprintable() for text in reply.warnings)
        assert response["allowed"] or "PX" in response["status"]["message"]
        assert not any("bug of its own" in text for text in reply.warnings), reply.warnings


@_SETTINGS
@given(path=_PATHS, asked=_reviews())
def test_any_review_is_answered(served: Served, path: str, asked: Any) -> None:
    wire = served.wire()
    try:
        _check(wire, path, json.dumps(asked).encode())
    finally:
        wire.close()


@_SETTINGS
@given(path=_PATHS, sent=_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_any_bytes_are_answered(served: Served, path: str, sent: bytes) -> None:
    wire = served.wire()
    try:
        reply = wire.send("POST", path, sent, {"Content-Encoding": "gzip"} if sent[:1] == b"[" else {})
        assert reply.status == 400
    finally:
        wire.close()
