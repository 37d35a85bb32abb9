"""What a review looks at does not grow with the mesh around the object: function calls are counted, not time."""

import json
import sys
from functools import cache
from types import FrameType

import pytest

from bench.admission.large_mesh import PLURALS, objects, one, spaces
from proxyless.adapters.store import Store
from proxyless.model.kinds import WATCHED
from proxyless.webhook.admit import validate
from proxyless.webhook.context import ContextCache
from proxyless.webhook.review import parse
from webhook.wire import review

SMALL, LARGE = 5, 60
"""Namespaces."""
MOST = 1.15
"""Times as many calls in a mesh of twelve times as many objects: tables grow by a little."""


@cache
def contexts_of(namespaces: int) -> ContextCache:
    """A mesh in which all pods lack the agent, each namespace with the same objects."""
    store, names = Store(WATCHED), spaces(namespaces)
    for kind in store.kinds:
        store.replace(kind, (json.loads(json.dumps(item)) for item in objects(kind, names, 0.5, bare=True)), version=1)
    return ContextCache(store.snapshot)


def calls(kind: str, namespaces: int) -> int:
    """Calls of one review of a kind, after one before it."""
    contexts, count = contexts_of(namespaces), 0

    def noted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    for number in (7, 8):
        data = json.dumps(review(one(kind, "team-1", number), plural=PLURALS[kind])).encode()
        count = 0
        sys.setprofile(noted)
        try:
            validate(parse(data, "namespace"), contexts(), strict=False)
        finally:
            sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", PLURALS)
def test_a_review_costs_the_same_in_a_larger_mesh(kind: str) -> None:
    small, large = calls(kind, SMALL), calls(kind, LARGE)
    assert small > 100
    assert large <= MOST * small, f"{small} calls with {SMALL} namespaces, {large} with {LARGE}"
