"""The values of a decision: who asks, what was decided, and why in words that a person can act on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxyless.inject.settings import Mode, WantedXds, Xds
from proxyless.model.version import Framework, Language, Version


@dataclass(frozen=True, slots=True)
class Namespace:
    """The namespace that a pod is made in."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a ProxylessPolicy says of a pod that it selects. None: it says nothing of that."""

    inject: bool | None = None
    framework: Framework | None = None
    language: Language | None = None
    version: Version | None = None
    targets: int | None = None
    xds: WantedXds | None = None
    source: str = "a ProxylessPolicy"
    """Who says it, e.g. ``ProxylessPolicy shop/default``."""


@dataclass(frozen=True, slots=True)
class Inject:
    """The pod gets the agent."""

    mode: Mode
    xds: Xds
    reason: str
    """Who asked, why this mode, why this way to xDS."""
    notes: tuple[str, ...] = ()
    """What the author of the pod should know; they become warnings."""
    native: bool = False
    """The agent runs as a native sidecar (own mode only)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Pod labels that bring Istio's injector to the pod, or keep it off."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The pod stays as it is."""

    reason: str
    asked: bool = False
    """Somebody asked for injection and does not get it: worth a warning."""
    notes: tuple[str, ...] = ()
