"""When the agent counts as started and as ready, and how the application is made to wait for it."""

from collections.abc import Mapping
from typing import Any

from proxyless.inject.own.rendering import Rendering
from proxyless.inject.setting_checks import MOST_PORT, MOST_SECONDS
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys


def add_probes(work: Rendering) -> None:
    """A native sidecar holds by its startup probe (ten minutes); a plain container by the hook that waits one minute.

    Nothing is asked of an agent whose status port is switched off.
    """
    port, settings = work.status_port, work.settings
    if work.decision.native:
        work.agent["restartPolicy"] = "Always"
    if not port:
        if work.holds:
            work.warn(
                f'{keys.STATUS_PORT}: "0" switches the agent\'s health port off: the application cannot wait for it'
            )
        return
    if work.decision.native:
        if work.holds:
            work.agent["startupProbe"] = {
                "httpGet": _ready(port),
                "periodSeconds": 1,
                "timeoutSeconds": 3,
                "failureThreshold": settings.startup_failure_threshold,
            }
    else:
        wait = ["pilot-agent", "wait", f"--url=http://localhost:{port}/healthz/ready"]
        work.agent["lifecycle"] = {"postStart": {"exec": {"command": wait}}}
    work.agent["readinessProbe"] = {
        "httpGet": _ready(port),
        "initialDelaySeconds": _seconds(work, keys.READINESS_DELAY, settings.readiness_initial_delay),
        "periodSeconds": _seconds(work, keys.READINESS_PERIOD, settings.readiness_period, 1),
        "timeoutSeconds": 3,
        "failureThreshold": _seconds(work, keys.READINESS_FAILURES, settings.readiness_failure_threshold, 1),
    }


def status_port(said: str | None, config: Mapping[str, Any] | None, settings: InjectionSettings) -> tuple[int, str]:
    """The port that the agent will answer on, and a remark where the annotation for it cannot be read.

    The agent reads the pod's annotations itself: that of its own first, then ``statusPort`` of the proxy config, then
    what it is given by us. One that is no number it takes for 0, which is why such an annotation has to go.
    """
    configured = (config or {}).get("statusPort")
    default = settings.status_port
    if isinstance(configured, int) and not isinstance(configured, bool) and 0 <= configured <= MOST_PORT:
        default = configured
    if said is None:
        return default, ""
    text = said.strip()
    if text.isascii() and text.isdigit() and int(text) <= MOST_PORT:
        return int(text), ""
    return default, f"{keys.STATUS_PORT}: {said[:40]!r} is no port and was removed; the agent answers on {default}"


def _ready(port: int) -> dict[str, Any]:
    return {"path": "/healthz/ready", "port": port}


def _seconds(work: Rendering, key: str, default: int, least: int = 0) -> int:
    said = work.pod.annotations.get(key)
    if said is None:
        return default
    if said.isascii() and said.isdigit() and least <= int(said) <= MOST_SECONDS:
        return int(said)
    work.warn(f"{key}: {said[:40]!r} is no whole number from {least} on; {default} is used")
    return default
