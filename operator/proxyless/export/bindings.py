"""Where policies hold, and what follows there: namespaces by label, as the webhook's own configurations select them."""

from typing import Any

from proxyless.lint.mesh_settings import ENFORCEMENT
from proxyless.mesh.pod.keys import INJECTION, NAMESPACE_NAME
from proxyless.mesh.pod.our_injector import LEFT_OUT
from proxyless.model.record import NamedTuple

DENY = ("Deny",)
WARN = ("Warn", "Audit")


class Label(NamedTuple):
    """A label of namespaces."""

    key: str
    value: str


class BoundNamespaces(NamedTuple):
    """Namespaces that a binding selects, and what it does there."""

    name: str
    """Part of the binding's name."""
    requires: tuple[dict[str, Any], ...]
    """``matchExpressions`` of the namespace."""
    actions: tuple[str, ...]


def is_label(label: Label) -> dict[str, Any]:
    """A ``matchExpression`` for the namespaces that have it."""
    return {"key": label.key, "operator": "In", "values": [label.value]}


STRICT = Label(ENFORCEMENT, "strict")
_WARN = Label(ENFORCEMENT, "warn")
USUAL = (
    BoundNamespaces("strict", (is_label(STRICT),), DENY),
    BoundNamespaces("warn", (is_label(_WARN),), WARN),
    BoundNamespaces(
        "injected",
        (
            is_label(Label(INJECTION, "enabled")),
            {"key": ENFORCEMENT, "operator": "NotIn", "values": [STRICT.value, _WARN.value]},
        ),
        WARN,
    ),
)
"""As the webhook: strict namespaces deny, others that are declared proxyless warn; of the rest a request proves nothing."""


def chosen(label: Label, actions: tuple[str, ...]) -> tuple[BoundNamespaces, ...]:
    """The namespaces with one label in place of the usual ones."""
    return (BoundNamespaces("chosen", (is_label(label),), actions),)


def selector(place: BoundNamespaces) -> dict[str, Any]:
    """Its ``namespaceSelector``."""
    left_out = {"key": NAMESPACE_NAME, "operator": "NotIn", "values": list(LEFT_OUT)}
    return {"matchExpressions": [*place.requires, left_out]}
