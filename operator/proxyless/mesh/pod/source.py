"""Where an answer about a pod was written: the kind of place, its name and the field path there."""

from typing import Literal

from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple

SourceKind = Literal["pod", "namespace", "policy", "configmap", "settings"]
"""Kinds of places. ``pod`` also stands for the pod template of an owner; ``settings`` for those of the mesh."""


class Source(NamedTuple):
    """A place that an answer about a pod comes from."""

    place: SourceKind
    path: FieldPath = ()
    """Field path from the root of the object: for pod templates that of their owner. Empty where only the object is known."""
    name: str = ""
    """Name of the namespace, policy or ConfigMap; empty for the pod itself."""
    words: str = ""
    """How a reason names it, e.g. ``proxyless.dev/framework says so``."""

    def __str__(self) -> str:
        """For people: ``pod: metadata.labels['proxyless.dev/inject']``."""
        head = f"{self.place} {self.name}" if self.name else self.place
        return f"{head}: {show(self.path)}" if self.path else head
