"""The pods of client libraries: met and replaced. Called by `stage` alone.

A library whose process is of no use after its first rejection has two pods, of which one is used: when it is replaced the
other is there at once.
"""

from typing import Any

from lab.api import MERGE, wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.cluster import Cluster
from lab.node.programs import Program
from matrix_measured import objects

_PATIENCE = 240.0
"""Seconds for a pod to be ready: a few on an idle machine."""
_STOPS = ("node",)
"""Once these have rejected something, the process gets no configuration for further hosts: calls to them hang (measured
with grpc-js-xds 1.10.1 and 1.14.1)."""


def deployment_of(library: Program) -> str:
    """Name of a library's Deployment, its label ``app``, and its node at istiod."""
    return f"client-{library.name}"


def stops(library: Program) -> bool:
    """Whether a rejection ends what a process is good for."""
    return library.language in _STOPS


def pods(library: Program) -> int:
    """The one in use, and a spare where processes are replaced often."""
    return 2 if stops(library) else 1


class Processes:
    """Control ports of one pod per Deployment; each is used by one thread at a time."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        """Meets nothing yet."""
        self._cluster, self._namespace = cluster, namespace
        self._pods: dict[str, str] = {}
        self._callers: dict[str, echo.Caller] = {}

    def meet(self, app: str) -> echo.Caller:
        """Wait until a pod is ready."""
        return self._take(app)

    def replace(self, app: str) -> echo.Caller:
        """A new process: the spare one, or one that starts."""
        used = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._pods[app], "namespace": self._namespace}}
        objects.remove(self._cluster.api, [used])
        return self._take(app, other_than=self._pods[app])

    def scale(self, app: str, replicas: int) -> None:
        """End (and wait until they are gone) or start the pods of a Deployment."""
        at = f"{objects.path('apps/v1', 'Deployment', self._namespace, app)}/scale"
        self._cluster.api.request("PATCH", at, {"spec": {"replicas": replicas}}, content=MERGE)
        if not replicas:
            self._close(app)
            wait_until(f"{app} ended", lambda: not self._found(app), timeout=_PATIENCE, every=0.5)

    def _take(self, app: str, *, other_than: str = "") -> echo.Caller:
        """Not by the Deployment: right after a deletion it still says that all is well."""
        self._close(app)

        def met() -> bool:
            ready = (pod for pod in self._found(app) if _is_ready(pod) and pod["metadata"]["name"] != other_than)
            pod = next(ready, None)
            if pod is None:
                return False
            caller = echo.Caller(self._cluster, self._cluster.door(pod["status"]["podIP"], echo.CONTROL))
            self._pods[app], self._callers[app] = pod["metadata"]["name"], caller
            try:
                wait_until(f"control port of {app}", caller.answers, timeout=20, every=0.2)
            except LabError:
                self._close(app)  # a pod that is just being replaced
                return False
            return True

        wait_until(f"{app} ready", met, timeout=_PATIENCE, every=0.5)
        return self._callers[app]

    def _found(self, app: str) -> list[dict[str, Any]]:
        return echo.pods(self._cluster, self._namespace, app=app)

    def _close(self, app: str) -> None:
        """End the door to a pod that is no longer used."""
        if app in self._callers:
            door = self._cluster.processes.pop(f"door-{self._callers[app].port}", None)
            if door is not None:
                door.kill()


def _is_ready(pod: dict[str, Any]) -> bool:
    states = pod["status"].get("containerStatuses", ())
    return bool(states) and all(state["ready"] for state in states)
