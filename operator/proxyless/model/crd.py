"""Our own kinds, ``proxyless.dev/v1alpha1``: the models that ``crds/*.yaml`` is made from.

Read by ``adapters.policies`` (objects into settings), ``model.crd_definition`` (models into a
CustomResourceDefinition) and the controller (status). Nothing here has a default that means something: what an object
leaves out is not said, and the front door's own setting holds. Docstrings are what ``kubectl explain`` shows.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from proxyless.model import forms
from proxyless.model.crd_repair import RepairSpec
from proxyless.model.crd_status import Status
from proxyless.model.crd_strict import StrictSpec
from proxyless.model.crd_texts import (
    ENTRIES,
    Address,
    CodeText,
    DnsLabel,
    Domain,
    Identifier,
    Image,
    LabelValue,
    Model,
    Quantity,
    RuleText,
    VersionText,
    check,
)

GROUP = "proxyless.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


class EnforcementLine(Model):
    """What admission does with findings of a rule."""

    rule: RuleText
    """Code of a rule (PX301), or a prefix with a star (PX5*, PX*). An exact code wins over a prefix."""
    action: Literal["deny", "warn", "audit", "off"]
    """deny: reject where the object alone proves the finding, else warn. warn: accept with a warning.
    audit: accept in silence, count it and show it in conditions. off: do not run the rule at admission."""


class IstioSpec(Model):
    """Istio's own settings, where they cannot be read from the cluster or differ from Istio's defaults."""

    version: VersionText | None = None
    """Istio's version, such as 1.31.0. Decides which findings hold. Without it: findings that depend on it say so."""
    revision: DnsLabel | None = None
    """Revision of the control plane that proxyless workloads use. Without it: the default revision."""
    namespace: DnsLabel | None = None
    """Namespace of the control plane, where istiod's Service is. Without it: istio-system."""
    root_namespace: DnsLabel | None = None
    """Istio's root namespace (meshConfig.rootNamespace). Without it: istio-system."""
    trust_domain: Identifier | None = None
    """The mesh's trust domain. Without it: cluster.local."""
    cluster_domain: Domain | None = None
    """DNS domain of the cluster. Without it: cluster.local."""
    hold_default: bool | None = None
    """Whether meshConfig.defaultConfig.holdApplicationUntilProxyStarts is true. Without it: false."""


_NAMES = ", ".join(forms.RESOURCES)
_NAMED = f"must name only {_NAMES}"
_WITHIN = "a request must not be more than the limit of the same resource"


def _named(side: str) -> dict[str, Any]:
    return {
        "rule": f"!has(self.{side}) || self.{side}.all(k, k in {list(forms.RESOURCES)})",
        "message": f"{side} {_NAMED}",
    }


class Resources(Model):
    """Resources of the agent's container, as in a pod."""

    model_config = ConfigDict(
        json_schema_extra={
            "x-kubernetes-validations": [
                _named("requests"),
                _named("limits"),
                {
                    "rule": "!has(self.requests) || !has(self.limits) || self.requests.all(k, !(k in self.limits) || "
                    "!isQuantity(self.requests[k]) || !isQuantity(self.limits[k]) || "
                    "quantity(self.requests[k]).compareTo(quantity(self.limits[k])) <= 0)",
                    "message": _WITHIN,
                },
            ]
        }
    )

    requests: Annotated[dict[str, Quantity], Field(max_length=len(forms.RESOURCES))] | None = None
    """Requests, such as cpu: 20m. Of cpu, memory and ephemeral-storage."""
    limits: Annotated[dict[str, Quantity], Field(max_length=len(forms.RESOURCES))] | None = None
    """Limits, such as memory: 128Mi. Of cpu, memory and ephemeral-storage."""

    @model_validator(mode="after")
    def _fits(self) -> "Resources":
        if reason := forms.wrong_resources(self.model_dump(exclude_none=True)):
            raise ValueError(reason)
        return self


class InjectionSpec(Model):
    """How pods get the agent. What is left out is read from Istio's own ConfigMaps, else from the webhook's flags."""

    mode: Literal["auto", "own", "delegate"] | None = None
    """auto: leave it to Istio's injector where it will select the pod, else add the agent ourselves.
    own: always add it ourselves. delegate: only prepare the pod for Istio's injector."""
    xds: Literal["auto", "agent", "direct"] | None = None
    """How applications reach xDS. agent: through the agent's socket, which serves one stream at a time.
    direct: straight to istiod with the agent's certificate. auto: by library and version where they are known."""
    image: Image | None = None
    """Image of the agent."""
    resources: Resources | None = None
    """Resources of the agent's container."""
    ca_address: Address | None = None
    """host:port of the certificate authority. Without it: the revision's istiod, port 15012."""
    discovery_address: Address | None = None
    """host:port of istiod's xDS. Without it: the revision's istiod, port 15012."""
    cluster_id: Identifier | None = None
    """This cluster's id in the mesh, such as Kubernetes."""
    mesh_id: Identifier | None = None
    """The mesh's id; Istio falls back to the trust domain."""
    network: LabelValue | None = None
    """Network of the pods, in a mesh of several networks."""
    native_sidecar: Literal["auto", "always", "never"] | None = None
    """Whether the agent is a native sidecar (an init container that restarts always, Kubernetes 1.29 and later).
    auto: for pods that run to completion."""
    hold: bool | None = None
    """Start the application only once the agent is ready. Without it: true."""


class ExceptionSpec(Model):
    """Findings that are accepted, why and for how long."""

    model_config = ConfigDict(
        json_schema_extra=check("!has(self.name) || has(self.kind)", "name needs kind: write which kind the name is of")
    )

    rule: CodeText
    """Code of the rule. One rule each: prefixes excuse too much."""
    kind: Annotated[str, Field(min_length=1, max_length=63)] | None = None
    """Kind of the object. Without it: every kind."""
    name: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """Name of the object. Without it: every object of the kind in this namespace."""
    reason: Annotated[
        str,
        Field(
            min_length=10,
            max_length=512,
            json_schema_extra=check(
                "self.trim().size() >= 10", "say in at least 10 characters why this is accepted; readers will ask"
            ),
        ),
    ]
    """Why it is accepted. At least 10 characters: it is shown wherever the finding would have been."""
    expires: AwareDatetime | None = None
    """From then on the finding counts again, such as 2027-03-31T00:00:00Z. Without it: never."""

    @model_validator(mode="after")
    def _fits(self) -> "ExceptionSpec":
        if self.name is not None and self.kind is None:
            raise ValueError("name needs kind: write which kind the name is of")
        if len(self.reason.strip()) < 10:  # noqa: PLR2004  the length that the field's description promises
            raise ValueError("reason must say in at least 10 characters why this is accepted")
        return self


class MeshExceptionSpec(ExceptionSpec):
    """Findings that the mesh's owner accepts, why and for how long."""

    namespace: DnsLabel | None = None
    """Namespace of the objects. Without it: every namespace."""


class MeshSpec(Model):
    """What holds for the whole mesh."""

    istio: IstioSpec | None = None
    """Istio's own settings."""
    enforcement: Annotated[
        tuple[EnforcementLine, ...],
        Field(
            max_length=ENTRIES,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["rule"]},
        ),
    ] = ()
    """What admission does with findings, in every namespace whose policies say nothing of the rule."""
    injection: InjectionSpec | None = None
    """How pods get the agent."""
    strict: StrictSpec | None = None
    """What the teams of strict namespaces may do themselves."""
    exceptions: Annotated[tuple[MeshExceptionSpec, ...], Field(max_length=ENTRIES)] = ()
    """Findings that are accepted by the mesh's owner, in strict namespaces too."""
    repair: RepairSpec | None = None
    """What the operator repairs by itself."""


class Selector(Model):
    """Which pods."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=ENTRIES)] | None = None
    """Labels that a pod must have, all of them. Without any: every pod of the namespace."""


class WorkloadSpec(Model):
    """Workloads that are proxyless, and what they run."""

    model_config = ConfigDict(
        json_schema_extra={
            "x-kubernetes-validations": [
                {
                    "rule": "!has(self.version) || has(self.language) || (has(self.framework) && self.framework == 'kitex')",
                    "message": "version needs language: each language numbers its library by itself",
                },
                {
                    "rule": "!has(self.framework) || self.framework != 'kitex' || !has(self.language) || self.language == 'go'",
                    "message": "Kitex exists in Go alone: leave language out or write go",
                },
                {
                    "rule": "!has(self.framework) || self.framework == 'grpc' || !has(self.inject) || !self.inject",
                    "message": "Dubbo and Kitex speak to istiod themselves and must not be injected: leave inject out or write false",
                },
            ]
        }
    )

    selector: Selector | None = None
    """Which pods. Without it: every pod of the namespace. Of several entries that select a pod the first counts."""
    framework: Literal["grpc", "dubbo", "kitex"] | None = None
    """What speaks xDS in the application. Without it: read from the pod, else grpc."""
    language: Literal["cpp", "python", "ruby", "php", "go", "java", "node", "rust", "dotnet"] | None = None
    """Language of the application, which names its library."""
    version: VersionText | None = None
    """Version of that library, such as 1.66.3. Decides which fields take effect."""
    targets: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Number of distinct xds:/// targets that one process dials."""
    inject: bool | None = None
    """Whether these pods get the agent. Without it: as labels and annotations say."""
    xds: Literal["auto", "agent", "direct"] | None = None
    """How these applications reach xDS. Without it: as the ProxylessMesh says."""

    @model_validator(mode="after")
    def _fits(self) -> "WorkloadSpec":
        grpc = self.framework in (None, "grpc")
        if self.version is not None and self.language is None and self.framework != "kitex":
            raise ValueError("version needs language: each language numbers its library by itself")
        if self.framework == "kitex" and self.language not in (None, "go"):
            raise ValueError("Kitex exists in Go alone: leave language out or write go")
        if not grpc and self.inject:
            raise ValueError("Dubbo and Kitex speak to istiod themselves and must not be injected")
        return self


class PolicySpec(Model):
    """What holds in one namespace."""

    workloads: Annotated[tuple[WorkloadSpec, ...], Field(max_length=ENTRIES)] = ()
    """Workloads of this namespace that are proxyless."""
    enforcement: Annotated[
        tuple[EnforcementLine, ...],
        Field(
            max_length=ENTRIES,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["rule"]},
        ),
    ] = ()
    """What admission does with findings in this namespace; wins over the ProxylessMesh."""
    exceptions: Annotated[tuple[ExceptionSpec, ...], Field(max_length=ENTRIES)] = ()
    """Findings in this namespace that are accepted."""


class ProxylessMesh(Model):
    """What proxyless must know of the mesh and how it acts, for the whole cluster. One object, named default."""

    spec: MeshSpec | None = None
    """What holds for the whole mesh."""
    status: Status | None = None
    """What the controller found."""


class ProxylessPolicy(Model):
    """Which workloads of a namespace are proxyless, how findings are enforced there, and which are accepted."""

    spec: PolicySpec | None = None
    """What holds in this namespace."""
    status: Status | None = None
    """What the controller found."""
