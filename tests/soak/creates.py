"""Creates pods at a steady rate from several threads, and keeps what came of each. Used by ``soak.__main__``."""

import http.client
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Self

from lab.controlplane import ControlPlane
from lab.errors import ApiError

THREADS = 8
AWAY = {429, 503, 504}
"""Statuses by which an API server that starts or is busy asks to come again."""
AGAIN = 0.2
"""Seconds until the next try while the API server is away."""
BATCH = 5.0
"""Seconds of creates that are deleted together, so that the cluster stays small."""


class Creates:
    """The threads. Each pod is read once more before it is deleted, since an answer may be lost where the pod is stored."""

    def __init__(self, plane: ControlPlane, namespace: str, rate: float) -> None:
        self._plane, self._rate = plane, rate
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._began, self._began_at = time.monotonic(), time.time()
        self._next, self._lasted = 0, 0.0
        self._threads = [threading.Thread(target=self._create_all, daemon=True) for _ in range(THREADS)]
        self._threads.append(threading.Thread(target=self._clean_all, daemon=True))
        self.took: list[float] = []
        """Seconds of each create that was answered, waits for the API server not among them."""
        self.failed: Counter[str] = Counter()
        self.lacking: dict[str, float] = {}
        """Pods without the agent, and when each was asked for, in seconds since the start."""
        self.waited = 0
        """Tries that met no API server."""

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Create no more, and read what is left. Harmless when called again."""
        if not self._ended.is_set():
            self._lasted = self.seconds
            self._ended.set()
            for thread in self._threads:
                thread.join(60)
                if thread.is_alive():
                    self.failed["a create never ended"] += 1
            self._read("")

    @property
    def seconds(self) -> float:
        """From the start until now, or until it was stopped."""
        return self._lasted or time.monotonic() - self._began

    def _create_all(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                due = self._began + self._next / self._rate
                self._next += 1
            self._ended.wait(max(0.0, due - time.monotonic()))
            self._create_one()

    def _create_one(self) -> None:
        while not self._ended.is_set():
            at, started = self.seconds, time.perf_counter()
            try:
                stored = self._plane.api.request("POST", self._pods, made(f"b{int(at / BATCH)}"))
            except (OSError, http.client.HTTPException):
                with self._lock:
                    self.waited += 1
            except ApiError as error:
                with self._lock:
                    if error.status not in AWAY:
                        self.failed[str(error)[:300]] += 1
                        return
                    self.waited += 1
            else:
                self.took.append(time.perf_counter() - started)
                if not has_agent(stored):
                    self.lacking[stored["metadata"]["name"]] = at
                return
            self._ended.wait(AGAIN)

    def _clean_all(self) -> None:
        done = 0
        while not self._ended.wait(1):
            last = int(self.seconds / BATCH) - 2
            while done <= last and not self._ended.is_set():  # what is left is read at the end
                chosen = f"?labelSelector=batch%3Db{done}"
                try:
                    for name in self._read(chosen):
                        kept = {"metadata": {"labels": {"batch": "kept"}}}
                        self._plane.api.request(
                            "PATCH", f"{self._pods}/{name}", kept, content="application/merge-patch+json"
                        )
                    self._plane.api.request("DELETE", f"{self._pods}{chosen}&gracePeriodSeconds=0")
                except (OSError, http.client.HTTPException, ApiError):
                    break  # the API server is away: the same batch again
                done += 1

    def _read(self, chosen: str) -> list[str]:
        """The stored pods of these that lack the agent, also those whose answer was lost."""
        found = [
            pod["metadata"]
            for pod in self._plane.api.request("GET", self._pods + chosen)["items"]
            if not has_agent(pod)
        ]
        for metadata in found:
            at = datetime.strptime(metadata["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            self.lacking.setdefault(metadata["name"], at.timestamp() - self._began_at)
        return [metadata["name"] for metadata in found]


def made(batch: str) -> dict[str, Any]:
    """A pod as a controller makes it."""
    container = {
        "name": "app",
        "image": "echo:1",
        "args": ["--to=xds:///echo:7070"],
        "ports": [{"containerPort": 7070}],
    }
    metadata = {"generateName": "echo-v1-6d8c4b7f9c-", "labels": {"app": "echo", "version": "v1", "batch": batch}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def has_agent(stored: dict[str, Any]) -> bool:
    """Whether the agent stands beside the application."""
    return any(item["name"] == "istio-proxy" for item in stored["spec"]["containers"])
