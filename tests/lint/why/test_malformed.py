"""Objects of a wrong shape and odd calls: ``why`` answers, and never raises."""

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.why.small import BASE, MUTUAL, STRICT, policy, routes, to
from proxyless.lint.select import Selection
from proxyless.lint.why.answer import answer
from proxyless.lint.why.question import Question
from proxyless.lint.world import World
from proxyless.mesh.effective.call import Call
from proxyless.model.resource import Origin, resource
from proxyless.model.snapshot import Snapshot
from proxyless.report import why_text, why_v1

BODIES = list(
    yaml.safe_load_all(
        BASE
        + MUTUAL
        + STRICT
        + routes(to("v1", match="[{uri: {prefix: /shop.Api/}, headers: {x-t: {exact: a}}}]", timeout="3s"), to("v2"))
        + policy(
            "[{from: [{source: {namespaces: [web]}}], to: [{operation: {paths: [/a]}}], when: [{key: source.ip, values: [a]}]}]"
        )
    )
)
JUNK = st.sampled_from(
    [None, "", "x", "*", "~", 0, -1, 7, True, [], [None], [{}], {}, {"x": 1}, "{{ .Values.port }}", "a/b/c"]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


PLACES = [place for place in _places(BODIES) if place[1:2] not in (("kind",), ("apiVersion",)) and len(place) > 1]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), max_size=4), st.text(max_size=40), st.text(max_size=20))
def test_no_shape_and_no_call_is_too_strange(junk: list[tuple[tuple[Any, ...], Any]], target: str, method: str) -> None:
    """A few values of a mesh are replaced by junk; a call that fits and one that is drawn are asked about and worded."""
    bodies = copy.deepcopy(BODIES)
    for place, value in junk:
        inner: Any = bodies
        try:
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = copy.deepcopy(value)
        except (TypeError, KeyError, IndexError):
            continue  # an earlier piece of junk took the place away
    objects = [resource(body, origin=Origin("m.yaml", 1, number)) for number, body in enumerate(bodies)]
    world = World(Snapshot([item for item in objects if item is not None]))
    for workload in world.workloads:
        for dialed, path in (("api.shop.svc.cluster.local:7070", "/shop.Api/Get"), (target, method)):
            found = answer(Question(world, workload, dialed, Call(path, {"x-t": "a"})), Selection())
            assert not found.broken
            values = why_v1.document(found, {})
            assert why_text.text(values)
            assert why_v1.text(values)
