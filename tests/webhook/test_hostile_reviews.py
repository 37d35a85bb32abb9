"""Hostile and mutated reviews, many of them: never a 5xx, never a patch that does not apply or that the API server refuses.

``PROXYLESS_REVIEWS=1000000 PROXYLESS_SEED=7`` makes a long run.
"""

import collections
import json
import os
from random import Random
from typing import Any

import pytest

from lab.controlplane import ControlPlane
from lab.errors import ApiError
from webhook.hostile import hostile
from webhook.served import Served
from webhook.wire import Reply

USUAL = 4000
REVIEWS = int(os.environ.get("PROXYLESS_REVIEWS", USUAL))
SEED = int(os.environ.get("PROXYLESS_SEED", "1"))
CREATED = 20
"""Of so many patched pods one is put to the API server."""


@pytest.mark.timeout(0 if REVIEWS > USUAL else 300)
def test_no_review_breaks_us_and_no_patch_is_refused(served: Served, plane: ControlPlane) -> None:
    random, counted = Random(SEED), collections.Counter[str]()
    namespace = plane.namespace()
    wire = served.wire()
    for number in range(REVIEWS):
        path, sent = hostile(random)
        reply = wire.send("POST", path, sent)
        counted[str(reply.status)] += 1
        try:
            patched = judged(reply, sent)
            if patched is not None:
                counted["patched"] += 1
                if counted["patched"] % CREATED == 0:
                    counted[created(plane, namespace, json.loads(sent)["request"]["object"], patched)] += 1
        except AssertionError as error:
            error.add_note(f"number {number} of seed {SEED}: POST {path}\n{sent[:4000]!r}")
            raise
    print(dict(counted))
    assert counted["patched"] > REVIEWS / 10
    assert counted["400"] > REVIEWS / 50
    assert counted["created"] > counted["patched"] / CREATED / 10


def judged(reply: Reply, sent: bytes) -> dict[str, Any] | None:
    """The pod after the patch of an answer that is as it must be; None where nothing is patched."""
    assert reply.status in (200, 400), (reply.status, reply.text)
    if reply.status == 400:
        return None
    response, asked = reply.response, json.loads(sent)["request"]
    assert response["uid"] == asked["uid"]
    assert all(len(text.encode()) <= 2048 and text.isprintable() for text in reply.warnings), reply.warnings
    assert not any("bug of its own" in text for text in reply.warnings), reply.warnings
    assert response["allowed"] or "PX" in response["status"]["message"]
    return reply.patched(asked["object"]) if "patch" in response else None


def created(plane: ControlPlane, namespace: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """``created`` where the API server accepts both; a pod that it refuses without our patch proves nothing."""
    if refused(plane, namespace, before):
        return "refused before"
    assert refused(plane, namespace, after) == ""
    return "created"


def refused(plane: ControlPlane, namespace: str, made: dict[str, Any]) -> str:
    """Why the API server refuses a pod; empty where it does not."""
    metadata = made.get("metadata")
    if isinstance(metadata, dict):  # the review's own namespace does not exist
        made = {**made, "metadata": {**metadata, "namespace": namespace}}
    try:
        plane.api.request("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", made)
    except ApiError as error:
        return str(error)
    return ""
