"""The namespace of a pod and the policy that selects it, as far as they affect its injection."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from proxyless.mesh.pod.settings import WantedXds
from proxyless.model.client import Framework, Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

_NONE: Mapping[str, Any] = MappingProxyType({})


class Namespace(NamedTuple):
    """The namespace that a pod is made in."""

    name: str
    labels: Mapping[str, Any] = _NONE
    annotations: Mapping[str, Any] = _NONE


class Wish(NamedTuple):
    """Settings that a ProxylessPolicy gives a pod that it selects; None: unset."""

    inject: bool | None = None
    framework: Framework | None = None
    language: Language | None = None
    version: Version | None = None
    targets: int | None = None
    xds: WantedXds | None = None
    source: str = "a ProxylessPolicy"
    """Who says it, e.g. ``ProxylessPolicy shop/default``."""


NO_WISH = Wish()
"""No policy selects the pod."""
