"""Istio's pod annotation ``proxy.istio.io/config``, a ProxyConfig as YAML or JSON: the one place that parses it.

The text comes from authors: what cannot be read is told as such and never guessed. Answers are shared by pods with the same
text.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.pod import Pod
from proxyless.model.record import NamedTuple
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load

HOLD = "holdApplicationUntilProxyStarts"
_SPELLINGS = (HOLD, "hold_application_until_proxy_starts")
"""The second is the field's older name, which Istio reads as well."""
_METADATA = ("proxyMetadata", "proxy_metadata")


class ProxyConfig(NamedTuple):
    """What the annotation says."""

    config: Mapping[str, Any] | None
    """The annotation as a mapping, None where it cannot be read here."""
    hold: bool | None
    """Whether the application waits for the agent; None where the annotation does not say."""
    remark: str = ""
    """What its author should know."""


def proxy_config(pod: Pod) -> ProxyConfig:
    """The annotation of a pod; an absent one says nothing."""
    return read(pod.annotation(keys.PROXY_CONFIG) or "")


def metadata_of(pod: Pod) -> Mapping[str, Any]:
    """``proxyMetadata`` of the annotation: environment of the agent."""
    config = proxy_config(pod).config or {}
    found = next((config[name] for name in _METADATA if name in config), None)
    return found if isinstance(found, Mapping) else {}


def mapping_in(text: str) -> dict[str, Any] | None:
    """The mapping that the text of the annotation holds, None where it cannot be read."""
    try:
        found = load(text)
    except YamlError:
        return None
    if found is None:  # nothing but comments
        return {}
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=1024)
def read(text: str) -> ProxyConfig:
    """The annotation's text, empty for none."""
    if not text.strip():
        return ProxyConfig({}, None)
    config = mapping_in(text)
    if config is None:
        return ProxyConfig(None, None, f"{keys.PROXY_CONFIG} cannot be read as a YAML or JSON mapping")
    for spelling in _SPELLINGS:
        value = config.get(spelling)
        if value is True:
            return ProxyConfig(config, True)
        if value is False:
            return ProxyConfig(
                config,
                False,
                f"{keys.PROXY_CONFIG} says {HOLD}: false: the application may start before bootstrap and"
                " certificates are there, and its first calls fail",
            )
        if spelling in config:
            return ProxyConfig(None, None, f"{keys.PROXY_CONFIG} says neither true nor false of {HOLD}")
    return ProxyConfig(config, None)
