"""Where logs stay after a failure: fixtures say it here, the summary shows it.

A worker process of ``make test`` has no screen of its own, so it hands over what its fixtures said. Hooks and fixtures
of the conftests call it.
"""

from typing import Any

import pytest

_LINES = pytest.StashKey[list[str]]()
_OUTPUT = "kept_logs"


def say(config: pytest.Config, line: str) -> None:
    """One line for the summary."""
    config.stash.setdefault(_LINES, []).append(line)


def said(config: pytest.Config) -> list[str]:
    """All lines so far."""
    return config.stash.get(_LINES, [])


def hand_over(config: pytest.Config) -> None:
    """At the end of a worker; nothing to do where there are none."""
    if (output := getattr(config, "workeroutput", None)) is not None:
        output[_OUTPUT] = said(config)


def take_over(node: Any) -> None:
    """From a worker that has ended; one that died has said nothing."""
    for line in getattr(node, "workeroutput", {}).get(_OUTPUT, ()):
        say(node.config, f"{node.gateway.id}: {line}")
