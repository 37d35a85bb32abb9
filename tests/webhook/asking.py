"""Pods that ask for the agent and cannot have it, and what a webhook counted of its Events."""

import time
from collections.abc import Callable
from typing import Any

from proxyless.mesh.pod.decision import Skip
from proxyless.webhook.metrics import Metrics
from webhook.wire import pod

SKIP = Skip("hostNetwork: the agent's ports would be the node's", "host_network", asked=True)
OUTCOMES = ("written", "repeated", "dropped", "failed")


def asking(name: str = "echo", namespace: str = "shop") -> dict[str, Any]:
    made = pod(name, **{"proxyless.dev/inject": "true"})
    made["metadata"]["namespace"] = namespace
    made["spec"]["hostNetwork"] = True
    return made


def outcomes(metrics: Metrics) -> dict[str, float]:
    """Events by outcome, those that there were."""
    found = (metrics.registry.get_sample_value("proxyless_events_total", {"outcome": name}) for name in OUTCOMES)
    return {name: value for name, value in zip(OUTCOMES, found, strict=True) if value}


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
