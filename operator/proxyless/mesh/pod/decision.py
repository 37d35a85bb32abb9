"""The decision about a pod as a value: it gets the agent or not, with a reason that a user can act on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from proxyless.mesh.pod.settings import InjectionMode, Xds
from proxyless.mesh.pod.source import Source
from proxyless.model.record import NamedTuple

_NONE: Mapping[str, str] = MappingProxyType({})


By = Literal["pod", "template", "namespace", "policy"]
"""Who asks: our mark on the pod, Istio's template annotation, the namespace, or a ProxylessPolicy."""


Why = Literal[
    "malformed",
    "not_asked",
    "opted_out",
    "left_out_by_policy",
    "switched_off_for_istio",
    "ignored_namespace",
    "static_pod",
    "already_injected",
    "cut_out",
    "own_container",
    "duplicate_container",
    "other_template",
    "framework",
    "host_network",
    "windows",
    "no_application",
    "no_room",
    "istio_not_selecting",
    "early_stub",
]
"""Why a pod stays as it is, in one word: label of a metric and part of Events, so it is part of the product."""


class Inject(NamedTuple):
    """The pod gets the agent."""

    mode: InjectionMode
    xds: Xds
    reason: str
    """Who asked, why this mode, why this way to xDS."""
    notes: tuple[str, ...] = ()
    """What the author of the pod should know; they become warnings."""
    native: bool = False
    """The agent runs as a native sidecar (own mode only)."""
    labels: Mapping[str, str] = _NONE
    """Pod labels that bring Istio's injector to the pod, or keep it off."""
    source: Source = Source("pod")
    """Who asked, as the place that says so."""
    by: By = "pod"


class Skip(NamedTuple):
    """The pod stays as it is."""

    reason: str
    why: Why
    asked: bool = False
    """Somebody asked for injection and does not get it: worth a warning."""
    notes: tuple[str, ...] = ()
    done: bool = False
    """It was injected before, by us or by Istio."""
    source: Source = Source("pod")
    """What decided, as the place that says so."""
