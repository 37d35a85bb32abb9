"""Where the demo plays. A stage has a cluster with the product in it and can break parts of it.

Stages: `loopback` (API server alone, product as processes), `node` (a whole node, product installed from manifests/),
`own` (the user's cluster).
"""

import subprocess
from collections.abc import Callable
from typing import Any, Protocol

from lab.controlplane import ControlPlane


class Stage(Protocol):
    """What the steps need."""

    namespace: str
    """Namespace that the scenario plays in."""
    image: str
    """Image of the echo program."""
    can_fail_parts: bool
    """Whether webhook replicas and the operator may be killed here."""

    def await_pods(self, count: int) -> None:
        """Wait until that many pods run and are ready."""

    def kill_webhook(self) -> None:
        """Kill one webhook replica (SIGKILL)."""

    def start_webhook(self) -> None:
        """Bring it back."""

    def kill_operator(self) -> None:
        """Kill the operator (SIGKILL); it stays away until it is started."""

    def start_operator(self) -> None:
        """Start it again."""

    def start(self) -> None:
        """Set it."""

    def stop(self) -> None:
        """Clean up: nothing is left."""

    def where(self) -> str:
        """What the person is told."""

    def leftover(self) -> str:
        """How to use what --keep leaves, and how to end it."""

    def kubectl(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """kubectl as administrator."""

    @property
    def caller(self) -> Callable[[int], list[str]] | None:
        """Makes real calls from a pod of v1, one line of text per call; None where pods do not really run."""

    def until(self, accept: Callable[[list[str]], bool]) -> list[str]:
        """Call until the answers are acceptable or 20 s have passed; returns the last answers."""

    @property
    def environment(self) -> dict[str, str]:
        """What makes a command of the person's find this cluster."""


class Installed:
    """What a stage without real calls and without breakable parts answers."""

    @property
    def caller(self) -> Callable[[int], list[str]] | None:
        """No calls here."""
        return None

    def until(self, accept: Callable[[list[str]], bool]) -> list[str]:
        """Never called: there is no caller."""
        raise NotImplementedError(accept)

    def kill_webhook(self) -> None:
        """Never called: parts are not broken here."""
        raise NotImplementedError

    start_webhook = kill_operator = start_operator = kill_webhook


def show(answer: dict[str, Any]) -> str:
    """An echo answer as a line."""
    if "error" in answer:
        return f"error {answer['code']}: {answer['error'][:160]}"
    return f"{answer['version']} {'tls' if answer['tls'] else 'plaintext'} {answer['peer']}".strip()


def kept(plane: ControlPlane) -> str:
    """How to use a lab cluster that goes on running."""
    lines = [f"  export {variable}={value}" for variable, value in plane.environment.items()]
    return "\n".join(["It goes on running. Use it with:", *lines, "and end it with `make down`."])
