"""Adds ``holdApplicationUntilProxyStarts`` to Istio's pod annotation ``proxy.istio.io/config``. Called by mode delegate.

The author's words stay: what is there is kept as it is written, an explicit false wins.
"""

import json
from collections.abc import Mapping
from typing import Any

from proxyless.mesh.pod.proxy_config import HOLD, ProxyConfig, mapping_in


def with_hold(annotation: str | None, said: ProxyConfig) -> str | None:
    """The annotation's text with ``holdApplicationUntilProxyStarts`` added; None: it must not change."""
    if said.config is None or said.hold is not None:
        return None
    if not annotation or not said.config:
        return json.dumps({HOLD: True})
    wanted = {**said.config, HOLD: True}
    text = _added(annotation, wanted)
    return text if mapping_in(text) == wanted else None


def _added(annotation: str, wanted: Mapping[str, Any]) -> str:
    try:
        json.loads(annotation)
    except ValueError:
        pass
    else:
        return json.dumps(wanted)
    head, brace, tail = annotation.partition("{")
    if brace and not head.strip():
        return f"{head}{{{HOLD}: true, {tail.lstrip(' ')}"
    first = next(line for line in annotation.split("\n") if line.strip() and not line.lstrip().startswith("#"))
    indent = first[: len(first) - len(first.lstrip(" "))]
    return f"{indent}{HOLD}: true\n{annotation}"
