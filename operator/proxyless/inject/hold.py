"""Istio's annotation ``proxy.istio.io/config``: what it says of holding the application, and adding that to it.

The author's words stay: what is there is kept as it is written, an explicit false wins. Called by both modes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxyless.inject import keys
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load

HOLD = "holdApplicationUntilProxyStarts"
_SPELLINGS = (HOLD, "hold_application_until_proxy_starts")
"""The second is the field's older name, which Istio reads as well."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What the annotation says."""

    config: Mapping[str, Any] | None
    """The annotation as a mapping, None where it cannot be read here."""
    said: bool | None
    """True or false where it says so, None where it does not."""
    remark: str = ""
    """What its author should know."""


def said_of_hold(annotation: str | None) -> Hold:
    """Reads the annotation; an absent one says nothing."""
    if annotation is None or not annotation.strip():
        return Hold({}, None)
    config = _read(annotation)
    if config is None:
        return Hold(None, None, f"{keys.PROXY_CONFIG} cannot be read as a YAML or JSON mapping")
    for spelling in _SPELLINGS:
        value = config.get(spelling)
        if value is True:
            return Hold(config, True)
        if value is False:
            return Hold(
                config,
                False,
                f"{keys.PROXY_CONFIG} says {HOLD}: false: the application may start before bootstrap and"
                " certificates are there, and its first calls fail",
            )
        if spelling in config:
            return Hold(None, None, f"{keys.PROXY_CONFIG} says neither true nor false of {HOLD}")
    return Hold(config, None)


def with_hold(annotation: str | None, hold: Hold) -> str | None:
    """The annotation's text with hold added, None where nothing is to be written."""
    if hold.config is None or hold.said is not None:
        return None
    if not annotation or not hold.config:
        return json.dumps({HOLD: True})
    wanted = {**hold.config, HOLD: True}
    text = _added(annotation, wanted)
    return text if _read(text) == wanted else None


def _read(annotation: str) -> dict[str, Any] | None:
    try:
        found = load(annotation)
    except YamlError:
        return None
    if found is None:  # nothing but comments
        return {}
    return found if isinstance(found, dict) else None


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
