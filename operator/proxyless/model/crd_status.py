"""Status of our own kinds: what the controller writes. Read by ``crd``."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from proxyless.model.crd_texts import ENTRIES, Model


class Condition(Model):
    """One aspect of the state, as Kubernetes conditions are."""

    type: Annotated[str, Field(max_length=316)]
    """Name of the aspect."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Annotated[str, Field(min_length=1, max_length=1024)]
    """One CamelCase word for machines."""
    message: Annotated[str, Field(max_length=32768)]
    """For people."""
    last_transition_time: datetime
    """When status last changed."""
    observed_generation: Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})] | None = None
    """metadata.generation that this speaks of."""


class FindingCounts(Model):
    """Findings by severity."""

    error: Annotated[int, Field(ge=0)] = 0
    """Calls fail, are unprotected, or a whole configuration is rejected."""
    warning: Annotated[int, Field(ge=0)] = 0
    """What the author wrote does not take effect, or only in part."""
    info: Annotated[int, Field(ge=0)] = 0
    """Worth knowing, nothing breaks."""


class Setting(Model):
    """One setting of the mesh as it is in force."""

    name: Annotated[str, Field(max_length=63)]
    """Its name: as in this object's spec, or where Istio has it."""
    value: Annotated[str, Field(max_length=1024)]
    """Its value; what is no text is written as JSON."""
    source: Annotated[str, Field(max_length=320)]
    """Who said so: ProxylessMesh, one of Istio's ConfigMaps, or default."""


class Status(Model):
    """What the controller found; written by it alone."""

    observed_generation: Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})] | None = None
    """metadata.generation that this speaks of."""
    workloads: Annotated[int, Field(ge=0)] | None = None
    """Proxyless workloads in scope: of the namespace, or of the mesh."""
    findings: FindingCounts | None = None
    """Findings in scope by severity, without the excused ones."""
    excused: Annotated[int, Field(ge=0)] | None = None
    """Findings in scope that an exception or an annotation excuses."""
    settings: Annotated[
        tuple[Setting, ...],
        Field(
            max_length=ENTRIES,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
        ),
    ] = ()
    """ProxylessMesh: effective settings of the mesh, each with its source."""
    not_checked: Annotated[tuple[Annotated[str, Field(max_length=1024)], ...], Field(max_length=ENTRIES)] = ()
    """What could not be checked and why, such as a kind that may not be read."""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(
            max_length=16, json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
        ),
    ] = ()
    """Accepted: the object is valid and in use. ProxylessReady: no finding of severity error is in scope.
    Complete (ProxylessMesh): everything that rules need could be read. Healthy (ProxylessMesh): proxyless itself works, its
    webhooks are registered and trusted, its rights and CRDs are there."""
