"""Turns ProxylessMesh and ProxylessPolicy objects into the settings that rules and injection take.

Called by every front door with its snapshot and its own settings as the base. An object that does not fit its model is
left out and named as a :class:`Problem`, never an exception: one wrong object must not stop the others. ``model.crd``
(and pydantic) is imported only where there is an object of ours, so that ``proxyless lint`` starts fast.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from proxyless.adapters.effective_settings import EffectiveSetting, settings_with_sources
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Exemption, Selection
from proxyless.mesh.pod.settings import Injectors
from proxyless.mesh.pod.surroundings import Wish
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Profile
from proxyless.model.client import Framework, Language
from proxyless.model.enforcement import Action, Enforced, Enforcement
from proxyless.model.path import FieldPath
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.version import Version

if TYPE_CHECKING:
    from pydantic import BaseModel

    from proxyless.model.crd import EnforcementLine, ExceptionSpec, MeshSpec, PolicySpec, WorkloadSpec

    Model = TypeVar("Model", bound=BaseModel)

MESH_NAME = "default"
STRICT_LABEL = "proxyless.dev/enforcement"
_INJECTION = frozenset(item.name for item in fields(InjectionSettings))


@dataclass(slots=True, frozen=True)
class Problem:
    """One of our own objects, or a part of it, that is not used, and why."""

    ref: Ref
    message: str
    used: bool = False
    """True where the rest of the object is in use."""
    path: FieldPath = ()
    """The first field that is wrong, which the message names as well; empty: the object as a whole."""

    def __str__(self) -> str:
        """For logs and ``/readyz``."""
        return f"{self.ref}: {self.message}"


@dataclass(slots=True, frozen=True)
class Policies:
    """All ProxylessMesh and ProxylessPolicy objects, parsed once. The functions below take it, or the snapshot."""

    mesh: "MeshSpec | None"
    policies: tuple[tuple[Ref, "PolicySpec"], ...]
    """In order of namespace and name."""
    problems: tuple[Problem, ...]
    strict: frozenset[str]
    """Namespaces with the label ``proxyless.dev/enforcement: strict``."""
    effective: Mapping[str, EffectiveSetting] = field(default_factory=dict)
    """Settings of the mesh by name, as ProxylessMesh and Istio's own ConfigMaps say them."""


def read(snapshot: Snapshot) -> Policies:
    """Every ProxylessMesh and ProxylessPolicy of a snapshot, checked."""
    problems: list[Problem] = []
    mesh: MeshSpec | None = None
    found: list[tuple[Ref, PolicySpec]] = []
    meshes = snapshot.of_kind("ProxylessMesh")
    policies = snapshot.of_kind("ProxylessPolicy")
    if meshes or policies:
        from proxyless.model import crd  # noqa: PLC0415  keeps the start of the linter fast

        for item in meshes:
            if item.name != MESH_NAME:
                told = f"not used: there is one ProxylessMesh, and it is named {MESH_NAME}"
                problems.append(Problem(item.ref, told, path=("metadata", "name")))
            else:
                mesh = _checked(crd.MeshSpec, item, problems)
        for item in sorted(policies, key=lambda item: item.ref):
            spec = _checked(crd.PolicySpec, item, problems)
            if spec is not None:
                found.append((item.ref, spec))
    strict = frozenset(item.name for item in snapshot.of_kind("Namespace") if item.labels.get(STRICT_LABEL) == "strict")
    settings, unusable = settings_with_sources(snapshot, mesh)
    problems += [Problem(item.ref, item.message, used=True) for item in unusable]
    return Policies(mesh, tuple(found), tuple(problems), strict, settings)


def problems_in(snapshot: Snapshot) -> tuple[Problem, ...]:
    """Objects of ours that are not used, or not in full."""
    return read(snapshot).problems


def settings_from(snapshot: Snapshot | Policies, base: MeshSettings) -> MeshSettings:
    """The mesh's settings: what ProxylessMesh says, else Istio itself, else the base; all policies' profiles, then its own."""
    policies = _read(snapshot)
    said = {name: item.value for name, item in policies.effective.items()}
    profiles = tuple(_profile(ref, workload) for ref, spec in policies.policies for workload in spec.workloads)
    return base._replace(
        istio=Version.parse(said["version"]) if "version" in said else base.istio,
        root_namespace=said.get("root_namespace", base.root_namespace),
        domain=said.get("cluster_domain", base.domain),
        trust_domain=said.get("trust_domain", base.trust_domain),
        hold_default=said.get("hold_default", base.hold_default),
        discovery=said.get("discovery", base.discovery),
        profiles=(*profiles, *base.profiles),
        injectors=base.injectors._replace(**{name: said[name] for name in Injectors._fields if name in said}),
    )


def exemptions_from(snapshot: Snapshot | Policies) -> tuple[Exemption, ...]:
    """All exceptions, the mesh owner's first; expired ones too, since only the caller knows what time it is."""
    policies = _read(snapshot)
    owner = policies.mesh.exceptions if policies.mesh is not None else ()
    return (
        *(_exemption(entry, entry.namespace or "")._replace(by_owner=True) for entry in owner),
        *(_exemption(entry, ref.namespace) for ref, spec in policies.policies for entry in spec.exceptions),
    )


def _exemption(entry: "ExceptionSpec", namespace: str) -> Exemption:
    return Exemption(
        namespace=namespace,
        code=entry.rule,
        reason=entry.reason.strip(),
        kind=entry.kind or "",
        name=entry.name or "",
        expires=entry.expires,
    )


def selection_from(snapshot: Snapshot | Policies, base: Selection | None = None) -> Selection:
    """Which findings may be suppressed and by whom; the codes to run and the time are those of the base."""
    policies = _read(snapshot)
    return (base or Selection())._replace(
        exemptions=exemptions_from(policies), strict=policies.strict, may_excuse=_may_excuse(policies)
    )


def _may_excuse(policies: Policies) -> frozenset[str]:
    mesh = policies.mesh
    return frozenset(mesh.strict.may_excuse if mesh is not None and mesh.strict is not None else ())


def enforcement_from(snapshot: Snapshot | Policies) -> Enforcement:
    """What admission does with findings, by namespace and code."""
    policies = _read(snapshot)
    namespaces: dict[str, tuple[Enforced, ...]] = {}
    for ref, spec in policies.policies:
        namespaces[ref.namespace] = (*namespaces.get(ref.namespace, ()), *_enforced(spec.enforcement))
    mesh = _enforced(policies.mesh.enforcement) if policies.mesh is not None else ()
    return Enforcement(mesh, namespaces, policies.strict, may_weaken="policies" in _may_excuse(policies))


def injection_settings_from(snapshot: Snapshot | Policies, base: InjectionSettings) -> InjectionSettings:
    """How pods get the agent: what ProxylessMesh says, else Istio's own ConfigMaps, else the base."""
    said = {name: item.value for name, item in _read(snapshot).effective.items() if name in _INJECTION}
    return replace(base, **said) if said else base


def wish_for(snapshot: Snapshot | Policies, namespace: str, labels: Mapping[str, object]) -> Wish | None:
    """The entry of the namespace's ProxylessPolicies that applies to a pod with these labels: the first that selects it."""
    for ref, spec in _read(snapshot).policies:
        if ref.namespace == namespace:
            for workload in spec.workloads:
                profile = _profile(ref, workload)
                if selects(profile.selector, labels):
                    return profile.wish
    return None


def _read(snapshot: Snapshot | Policies) -> Policies:
    return snapshot if isinstance(snapshot, Policies) else read(snapshot)


def _profile(policy: Ref, workload: "WorkloadSpec") -> Profile:
    labels = workload.selector.match_labels if workload.selector is not None else None
    language = Language(workload.language) if workload.language else None
    if workload.framework == "kitex":
        language = Language.GO
    return Profile(
        namespace=policy.namespace,
        selector=dict(labels or {}),
        framework=Framework(workload.framework) if workload.framework else None,
        language=language,
        version=Version.parse(workload.version) if workload.version else None,
        targets=workload.targets,
        source=policy,
        inject=workload.inject,
        xds=workload.xds,
    )


def _enforced(lines: "tuple[EnforcementLine, ...]") -> tuple[Enforced, ...]:
    return tuple(Enforced(line.rule, Action(line.action)) for line in lines)


def _checked(model: "type[Model]", item: Resource, problems: list[Problem]) -> "Model | None":
    """The object's spec, None where it does not fit. A field that is not known is named, and the rest is used."""
    from pydantic import ValidationError  # noqa: PLC0415

    spec: Any = item.body.get("spec")
    try:
        return model.model_validate({} if spec is None else spec)
    except ValidationError as error:
        unknown = [line["loc"] for line in error.errors() if line["type"] == "extra_forbidden"]
        if wrong := [line for line in error.errors() if line["type"] != "extra_forbidden"]:
            told = "; ".join(map(_told, wrong))
            problems.append(Problem(item.ref, f"not used: {told}", path=("spec", *wrong[0]["loc"])))
            return None
    fields = ", ".join(f"spec.{_place(place)}" for place in unknown)
    told = f"fields that this version does not know are left out: {fields}"
    problems.append(Problem(item.ref, told, used=True, path=("spec", *unknown[0])))
    return model.model_validate(_without(spec, unknown))


def _told(line: Any) -> str:
    place = _place(line["loc"])
    message = str(line["msg"]).removeprefix("Value error, ")
    return f"spec.{place}: {message}" if place else f"spec: {message}"


def _place(location: tuple[int | str, ...]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _without(spec: Any, places: Iterator[Any] | list[Any]) -> Any:
    """A copy of the spec without the fields at these places."""
    gone = {tuple(place) for place in places}

    def copy(value: Any, here: tuple[Any, ...]) -> Any:
        if isinstance(value, dict):
            return {key: copy(item, (*here, key)) for key, item in value.items() if (*here, key) not in gone}
        if isinstance(value, list):
            return [copy(item, (*here, index)) for index, item in enumerate(value)]
        return value

    return copy(spec, ())
