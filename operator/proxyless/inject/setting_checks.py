"""Which values of injection's settings may reach a pod: those that the API server would accept there. Pure.

Called by ``adapters.effective_settings`` for everything that a mesh says (ProxylessMesh, Istio's own ConfigMaps), so that one wrong
value is left out and named instead of making the API server refuse every pod (design decision 16). The forms of single
texts are those of ``model.forms``, which the CRD's rules are made of too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from proxyless.model import forms

MOST_SECONDS = 2**31 - 1
MOST_PORT = 2**16 - 1
PULL_POLICIES = ("Always", "IfNotPresent", "Never")

ValueCheck = Callable[[Any], str]
"""Why the API server would refuse a value, empty where it would not."""


def wrong(name: str, value: object) -> str:
    """Why a setting of that name (a field of ``inject.settings.Settings``) may not be used, empty where it may."""
    check = _CHECKS.get(name)
    return check(value) if check is not None else ""


def number(least: int, most: int) -> ValueCheck:
    """A whole number within bounds."""

    def check(value: object) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if fits else f"{value!r:.40} must be a whole number from {least} to {most}"

    return check


def _one_of(*known: str) -> ValueCheck:
    return lambda value: "" if value in known else f"{value!r:.40} must be one of {', '.join(known)}"


def _environment(value: object) -> str:
    if not isinstance(value, Mapping):
        return "must be a map of names to values"
    return next((reason for key in value if (reason := forms.ENVIRONMENT_NAME.wrong(key))), "")


def _annotations(value: object) -> str:
    if not isinstance(value, Mapping):
        return "must be a map of names to values"
    for key, text in value.items():
        if reason := forms.LABEL_KEY.wrong(key):
            return reason
        if not isinstance(text, str):
            return f"{key}: {text!r:.40} must be text; put it in quotes"
    return ""


def _secrets(value: object) -> str:
    items = value if isinstance(value, tuple | list) else ()
    return next((reason for item in items if (reason := forms.DOMAIN.wrong(item))), "")


_CHECKS: dict[str, ValueCheck] = {
    "image": forms.IMAGE.wrong,
    "image_pull_policy": _one_of("", *PULL_POLICIES),
    "image_pull_secrets": _secrets,
    "resources": forms.wrong_resources,
    "network": forms.LABEL_VALUE.wrong,
    "revision": forms.DNS_LABEL.wrong,
    "istio_namespace": forms.DNS_LABEL.wrong,
    "root_namespace": forms.DNS_LABEL.wrong,
    "trust_domain": forms.ID.wrong,
    "cluster_domain": forms.DOMAIN.wrong,
    "cluster_id": forms.ID.wrong,
    "mesh_id": forms.ID.wrong,
    "discovery_address": forms.ADDRESS.wrong,
    "ca_address": forms.ADDRESS.wrong,
    "status_port": number(0, MOST_PORT),
    "sts_port": number(0, MOST_PORT),
    "readiness_initial_delay": number(0, MOST_SECONDS),
    "readiness_period": number(1, MOST_SECONDS),
    "readiness_failure_threshold": number(1, MOST_SECONDS),
    "startup_failure_threshold": number(1, MOST_SECONDS),
    "proxy_metadata": _environment,
    "injected_annotations": _annotations,
}
