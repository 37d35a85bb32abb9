"""A replica beside an API server that holds a large mesh: its start, its memory, reviews while objects change, an apply through it.

Called by ``bench_reviews``.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.admission.large_mesh import PER_NAMESPACE, PLURALS, new, objects, one
from lab.controlplane import ControlPlane
from lab.process import spawn
from webhook.replica import REPOSITORY, Replica
from webhook.wire import review

PATHS = {
    "VirtualService": "/apis/networking.istio.io/v1/namespaces/%s/virtualservices",
    "DestinationRule": "/apis/networking.istio.io/v1/namespaces/%s/destinationrules",
    "PeerAuthentication": "/apis/security.istio.io/v1/namespaces/%s/peerauthentications",
    "AuthorizationPolicy": "/apis/security.istio.io/v1/namespaces/%s/authorizationpolicies",
    "Service": "/api/v1/namespaces/%s/services",
    "Deployment": "/apis/apps/v1/namespaces/%s/deployments",
    "Pod": "/api/v1/namespaces/%s/pods",
}
SERVER_CORE, LOAD_CORE = sorted(os.sched_getaffinity(0))[:2]
VARIED = "0123456789"
"""Text of a review that is another one in each, see ``load.py``."""
CHANGES = 50
"""Of objects a second."""
APPLIED = 500


class Reviews(NamedTuple):
    """Reviews of one kind; times as median and slowest hundredth in milliseconds."""

    kind: str
    alone: tuple[float, float]
    busy: tuple[float, float]
    rate: float


class Found(NamedTuple):
    """What was measured."""

    objects: int
    ready: float
    cpu: float
    settled: int
    peak: int
    reviews: list[Reviews]
    applied: int
    apply_seconds: float
    reviewed: int
    skipped: int


def run(names: list[str], scale: float, seconds: float) -> Found:
    """All of it; takes some minutes at full size."""
    with ControlPlane(scheduler=False, controller_manager=False) as plane:  # who has no owner would be collected
        number = _fill(plane, names, scale)
        done = plane.kubectl(
            "apply", "--server-side", "-k", str(REPOSITORY / "manifests")
        )  # not before: nobody answers yet
        assert done.returncode == 0, done.stderr
        replica = Replica(plane)
        with replica.started():
            _pin(replica.process.pid, SERVER_CORE)
            started = time.monotonic()
            _until_whole(replica)
            ready, cpu, settled = time.monotonic() - started, _cpu(replica.process.pid), _memory(replica, "VmRSS")
            with _changes(plane, names, max(1, int(PER_NAMESPACE["VirtualService"] * scale))):
                reviews = [_load(plane, replica, kind, seconds) for kind in (*PLURALS, "Pod")]
            took, reviewed, skipped = _apply(plane, replica)
            return Found(
                number, ready, cpu, settled, _memory(replica, "VmHWM"), reviews, APPLIED, took, reviewed, skipped
            )


def _fill(plane: ControlPlane, names: list[str], scale: float) -> int:
    """Make all objects."""
    for body in objects("Namespace", names):
        body["metadata"].pop("resourceVersion")
        plane.api.request("POST", "/api/v1/namespaces", body)
        account = {"metadata": {"name": "default"}}
        plane.api.request("POST", f"/api/v1/namespaces/{body['metadata']['name']}/serviceaccounts", account)

    def make(task: tuple[str, str, int]) -> None:
        kind, name, part = task
        for index, body in enumerate(objects(kind, [name], scale)):
            if index % 2 == part:
                body["metadata"].pop("resourceVersion", None)
                body.get("spec", {}).pop("clusterIP", None)
                if kind == "Pod":
                    _as_created(body)
                plane.api.request("POST", PATHS[kind] % name, body)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, [(kind, name, part) for kind in PER_NAMESPACE for name in names for part in (0, 1)]))
    made = sum(max(1, int(each * scale)) for each in PER_NAMESPACE.values())
    return len(names) * (made + 2)


def _as_created(body: dict[str, Any]) -> None:
    """A pod of the sample as somebody creates it."""
    for item in ("uid", "creationTimestamp", "managedFields", "selfLink"):
        body["metadata"].pop(item, None)
    spec = body["spec"]
    spec["volumes"] = [item for item in spec.get("volumes", []) if not item["name"].startswith("kube-api-access-")]
    for container in spec["containers"]:
        container.setdefault("image", "agent")
        mounts = container.get("volumeMounts", [])
        container["volumeMounts"] = [item for item in mounts if not item["name"].startswith("kube-api-access-")]
    spec["automountServiceAccountToken"] = False
    spec.pop("serviceAccount", None)
    spec.pop("serviceAccountName", None)


def _until_whole(replica: Replica) -> None:
    """Wait until it has listed every kind."""
    deadline = time.monotonic() + 300
    while True:
        status, text = replica.get("/readyz")
        if status == 200 and "not listed yet" not in text and "still starting" not in text:
            return
        if time.monotonic() > deadline or replica.process.exit_code is not None:
            raise TimeoutError(f"{text}\n{replica.process.tail()}")
        time.sleep(0.1)


@contextmanager
def _changes(plane: ControlPlane, names: list[str], each: int) -> Iterator[None]:
    """Objects change at a steady rate until the end of the block."""
    ending = threading.Event()

    def change() -> None:
        number, began = 0, time.monotonic()
        while not ending.wait(max(0.0, began + number / CHANGES - time.monotonic())):
            number += 1
            name = names[number % len(names)]
            body = {"spec": one("VirtualService", name, number % each)["spec"]}
            body["spec"]["http"][0]["timeout"] = f"{number + 1}s"
            path = f"{PATHS['VirtualService'] % name}/route-{number % each}"
            plane.api.request("PATCH", path, body, content="application/merge-patch+json")

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _load(plane: ControlPlane, replica: Replica, kind: str, seconds: float) -> Reviews:
    if kind == "Pod":
        body, path = review(new("team-1", 7), plural="pods"), "/inject/namespace"
    else:
        made = one(kind, "team-1", 7)
        made["metadata"]["labels"]["run"] = VARIED
        body, path = review(made, plural=PLURALS[kind]), "/warn"
    file = plane.folder / "review.json"
    file.write_text(json.dumps(body, separators=(",", ":")))
    _times(replica, path, file, 8, 1)
    alone, _ = _times(replica, path, file, 1, seconds / 2)
    busy, rate = _times(replica, path, file, 32, seconds)
    return Reviews(kind, alone, busy, rate)


def _times(
    replica: Replica, path: str, file: Path, in_flight: int, seconds: float
) -> tuple[tuple[float, float], float]:
    load = str(Path(__file__).with_name("load.py"))
    arguments = [str(replica.port), path, str(file), str(in_flight), str(seconds), VARIED]
    command = [shutil.which("taskset") or "taskset", "-c", str(LOAD_CORE), sys.executable, load, *arguments]
    with tempfile.TemporaryFile() as out:
        assert spawn(command, stdout=out.fileno()).wait(timeout=seconds + 60) == 0
        out.seek(0)
        answer = json.loads(out.read())
    assert answer["failed"] == 0, f"{path}: {answer['failed']} reviews failed"
    ordered = sorted(1000 * value for value in answer["took"])
    return (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]), len(ordered) / seconds


def _apply(plane: ControlPlane, replica: Replica) -> tuple[float, int, int]:
    """500 DestinationRules by kubectl: seconds, how many were reviewed, and how many went by unjudged."""
    bodies = [one("DestinationRule", "team-1", 1000 + number) for number in range(APPLIED)]
    for body in bodies:
        body["metadata"].pop("resourceVersion", None)
    file = plane.folder / "applied.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}))
    before, failed = _count(replica, ""), _count(replica, "late|failed|oversize|unready")
    started = time.monotonic()
    done = plane.kubectl("apply", "-f", str(file))
    took = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    reviewed = _count(replica, "") - before
    unjudged = _count(replica, "late|failed|oversize|unready") - failed
    return took, reviewed, unjudged + max(0, APPLIED - reviewed)


def _count(replica: Replica, outcomes: str) -> int:
    """Reviews by the webhooks that judge, of some outcomes or of all."""
    text = replica.get("/metrics")[1]
    pattern = rf'^proxyless_admission_reviews_total\{{outcome="(?:{outcomes or "[a-z]+"})",webhook="(?:warn|strict)"\}} ([0-9.e+]+)'
    return int(sum(map(float, re.findall(pattern, text, re.MULTILINE))))


def _pin(pid: int, core: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def _memory(replica: Replica, name: str) -> int:
    status = Path(f"/proc/{replica.process.pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
