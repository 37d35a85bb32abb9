"""Fixes of pod templates that several rules offer: the agent's annotation, its configuration, and other targets. Pure.

Rules call these with the workload that they judge; none of it creates findings.
"""

import json
from typing import Any

from proxyless.lint.world import World
from proxyless.mesh.pod.keys import PROXY_CONFIG, TEMPLATES
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE
from proxyless.mesh.pod.proxy_config import HOLD, mapping_in
from proxyless.mesh.workload import Workload
from proxyless.model.fix import FieldEdit, Fix, Put, put
from proxyless.model.path import FieldPath, get


def adds_agent(workload: Workload, world: World) -> Fix:
    """Asks for the agent, and for its start before the application's."""
    changes: list[FieldEdit] = [Put(workload.metadata_path("annotations", TEMPLATES), AGENT_TEMPLATE)]
    hold = None if world.settings.hold_default else sets_proxy_config(workload, {HOLD: True})
    return Fix((*changes, *(hold.changes if hold else ())))


def sets_proxy_config(workload: Workload, more: dict[str, Any], *, safe: bool = False) -> Fix | None:
    """Says more in the annotation ``proxy.istio.io/config``; None where its text has to be rewritten by hand.

    Args:
        workload: whose pods.
        more: entries to add; inside mappings that are there already, their entries.
        safe: see ``Fix``.
    """
    path = workload.metadata_path("annotations", PROXY_CONFIG)
    text = get(workload.resource.body, path)
    if text is None or text == "":
        return put(path, json.dumps(more), safe=safe)
    if not isinstance(text, str) or (config := mapping_in(text)) is None:
        return None
    if text.lstrip().startswith("{"):
        return put(path, json.dumps(_merged(config, more)), safe=safe)
    if not config.keys().isdisjoint(more) or text[:1].isspace():
        return None
    lines = [f"{key}: {json.dumps(value)}" for key, value in more.items()]
    end = "\n" if text.endswith("\n") else ""
    return put(path, "\n".join([text.rstrip("\n"), *lines]) + end, safe=safe)


def redials(workload: Workload, path: FieldPath, written: str, meant: str, *, safe: bool = False) -> Fix | None:
    """Writes another target into a text of a container; None where it does not stand there exactly once."""
    text = get(workload.resource.body, path)
    if not isinstance(text, str) or text.count(written) != 1:
        return None
    return put(path, text.replace(written, meant), safe=safe)


def _merged(config: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = dict(config)
    for key, value in more.items():
        known = both.get(key)
        both[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return both
