"""The pods of client libraries: met, replaced and ended. Called by `stage` alone.

A library with a spare has two pods, of which one is used: when it is replaced the other is there at once.
"""

from collections.abc import Sequence
from typing import Any

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.cluster import Cluster
from lab.node.programs import Program

_PATIENCE = 240.0
"""Seconds for a pod to be ready: a few on an idle machine."""


def deployment_of(library: Program) -> str:
    """Name of a library's Deployment, and its label ``app``."""
    return f"client-{library.name}"


def spares(library: Program) -> int:
    """Pods beside the one in use: for Node, of which every rejection takes one."""
    return 1 if library.language == "node" else 0


class Processes:
    """Control ports of one pod per library."""

    def __init__(self, cluster: Cluster, namespace: str, libraries: Sequence[Program]) -> None:
        """Meets nothing yet."""
        self._cluster, self._namespace, self._libraries = cluster, namespace, libraries
        self._ended = False
        self._pods: dict[str, str] = {}
        self.callers: dict[str, echo.Caller] = {}

    def meet(self, *, rollout: bool = False) -> None:
        """Wait until every library has a pod that is ready; ``rollout``: and none of an older kind."""
        for library in self._libraries if rollout else ():
            echo.await_deployment(self._cluster, self._namespace, deployment_of(library), timeout=_PATIENCE)
        for library in self._libraries:
            self._take(deployment_of(library), library.name)

    def replace_all(self) -> None:
        """New processes of all libraries."""
        if self._ended:
            for library in self._libraries:
                self._scale(library, 1 + spares(library))
        else:
            self._delete("-l", "role=client")
        self._ended = False
        self.meet()

    def end_all(self) -> None:
        """No client processes until `replace_all`."""
        for library in self._libraries:
            self._scale(library, 0)
        self._ended = True

    def replace(self, library: Program) -> None:
        """A new process of one library."""
        self._delete(self._pods[library.name])
        self._take(deployment_of(library), library.name)

    def of(self, app: str) -> echo.Caller:
        """A pod that is none of these."""
        self._take(app, app)
        return self.callers[app]

    def _scale(self, library: Program, replicas: int) -> None:
        name = f"deployment/{deployment_of(library)}"
        self._cluster.kubectl("scale", "-n", self._namespace, f"--replicas={replicas}", name)

    def _delete(self, *which: str) -> None:
        self._cluster.kubectl("delete", "pod", "-n", self._namespace, "--wait=true", *which, timeout=120)

    def _take(self, app: str, key: str) -> None:
        """Not by the Deployment: right after a deletion it still says that all is well."""
        self._close(key)

        def met() -> bool:
            pod = next((pod for pod in echo.pods(self._cluster, self._namespace, app=app) if _is_ready(pod)), None)
            if pod is None:
                return False
            caller = echo.Caller(self._cluster, self._cluster.door(pod["status"]["podIP"], echo.CONTROL))
            self._pods[key], self.callers[key] = pod["metadata"]["name"], caller
            try:
                wait_until(f"control port of {app}", caller.answers, timeout=20, every=0.5)
            except LabError:
                self._close(key)  # a pod that is just being replaced
                return False
            return True

        wait_until(f"{app} ready", met, timeout=_PATIENCE, every=1)

    def _close(self, key: str) -> None:
        """End the door to a pod that is no longer used."""
        if key in self.callers:
            door = self._cluster.processes.pop(f"door-{self.callers[key].port}", None)
            if door is not None:
                door.kill()


def _is_ready(pod: dict[str, Any]) -> bool:
    states = pod["status"].get("containerStatuses", ())
    return bool(states) and all(state["ready"] for state in states)
