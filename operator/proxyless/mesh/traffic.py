"""Effective traffic policy: what a merged DestinationRule says for one subset and port. Read by ``lint``.

Source: ``GetPortLevelTrafficPolicy`` and ``MergeSubsetTrafficPolicy`` in istiod's ``pilot/pkg/networking/util/util.go``.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from proxyless.mesh.merge import MergedRule, SubsetSource
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, kept, mapping, sequence

PORT_FIELDS = ("connectionPool", "loadBalancer", "outlierDetection", "tls")
"""Fields that an entry of ``portLevelSettings`` can have, and replaces whole."""


class PolicySetting(NamedTuple):
    """One field of the effective policy and where it is written."""

    value: object
    rule: Resource
    path: FieldPath


_NO_SETTINGS: Mapping[str, PolicySetting] = MappingProxyType({})


class EffectivePolicy(NamedTuple):
    """What counts for one subset and port."""

    settings: Mapping[str, PolicySetting]
    """Field of ``trafficPolicy`` to its value; absent fields have istiod's default."""
    lost: Mapping[str, PolicySetting] = _NO_SETTINGS
    """Fields of a wider level that a port entry without them takes away."""
    taken_by: Mapping[str, PolicySetting] = _NO_SETTINGS
    """For each lost field the port entry that takes it away."""

    @property
    def tls_mode(self) -> str:
        """``DISABLE``, ``SIMPLE``, ``MUTUAL`` or ``ISTIO_MUTUAL``; empty where no ``tls`` is set."""
        tls = self.settings.get("tls")
        return "" if tls is None else _mode(tls.value)


class PolicyLevel(NamedTuple):
    """One place in a DestinationRule that holds a traffic policy."""

    path: FieldPath
    policy: dict[str, object]
    subset: str = ""
    port: int | None = None


@kept
def levels(rule: Resource) -> tuple[PolicyLevel, ...]:
    """All traffic policies in one DestinationRule: the rule's, its subsets', and the port entries of each."""
    found = [*_levels(("spec", "trafficPolicy"), rule.spec.get("trafficPolicy"), "")]
    for index, entry in enumerate(sequence(rule.spec.get("subsets"))):
        subset = mapping(entry)
        path = ("spec", "subsets", index, "trafficPolicy")
        found += _levels(path, subset.get("trafficPolicy"), str(subset.get("name", "")))
    return tuple(found)


def _levels(path: FieldPath, policy: object, subset: str) -> Iterator[PolicyLevel]:
    if not isinstance(policy, dict):
        return
    yield PolicyLevel(path, policy, subset)
    for index, entry in enumerate(sequence(policy.get("portLevelSettings"))):
        port = mapping(mapping(entry).get("port")).get("number")
        yield PolicyLevel(
            (*path, "portLevelSettings", index), mapping(entry), subset, port if isinstance(port, int) else None
        )


def effective_policy(
    rule: MergedRule, *, subset: SubsetSource | None = None, port: int | None = None
) -> EffectivePolicy:
    """The policy of the host, or of one of its subsets, on one Service port.

    A port entry replaces the level that it stands in: fields it does not have fall back to istiod's default instead
    of being inherited. A subset's fields replace the rule's one by one, unless a port entry of the subset applies.
    """
    lost: dict[str, PolicySetting] = {}
    takers: dict[str, PolicySetting] = {}
    settings: dict[str, PolicySetting] = {}
    for resource, path, policy in _places(rule, subset):
        own, entry = _level(resource, path, policy, port)
        wider = settings | own if settings else own
        if entry is None:
            settings = wider
            continue
        settings = {key: value for key, value in settings.items() if key not in PORT_FIELDS}
        inside = _fields(resource, entry.path, mapping(entry.value), PORT_FIELDS)
        settings |= inside
        for key in PORT_FIELDS:
            if key in wider and key not in inside:
                lost[key], takers[key] = wider[key], entry
    kept = {key: value for key, value in lost.items() if key not in settings}
    return EffectivePolicy(settings, kept, {key: takers[key] for key in kept})


def tls_mode(rule: MergedRule, *, subset: SubsetSource | None = None, port: int | None = None) -> str:
    """The same as ``effective_policy(...).tls_mode``, read without more where no port has an entry of its own."""
    written = [policy for _, _, policy in _places(rule, subset)]
    if any(policy.get("portLevelSettings") for policy in written):
        return effective_policy(rule, subset=subset, port=port).tls_mode
    said = [policy["tls"] for policy in written if policy.get("tls") is not None]
    return _mode(said[-1]) if said else ""


def _mode(tls: object) -> str:
    """The mode of a ``tls`` that is written; DISABLE where it names none."""
    return str(mapping(tls).get("mode") or "DISABLE")


def _places(rule: MergedRule, subset: SubsetSource | None) -> Iterator[tuple[Resource, FieldPath, dict[str, object]]]:
    """The policies of the host and of a subset, as far as they are written."""
    if rule.policy is not None:
        yield rule.policy, ("spec", "trafficPolicy"), mapping(rule.policy.spec.get("trafficPolicy"))
    if subset is not None and subset.entry.get("trafficPolicy"):
        yield subset.rule, (*subset.path, "trafficPolicy"), mapping(subset.entry["trafficPolicy"])


def _fields(
    rule: Resource, path: FieldPath, policy: Mapping[str, object], names: Iterable[str]
) -> dict[str, PolicySetting]:
    return {name: PolicySetting(policy[name], rule, (*path, name)) for name in names if policy.get(name) is not None}


_Level = tuple[dict[str, PolicySetting], PolicySetting | None]


def _level(rule: Resource, path: FieldPath, policy: dict[str, object], port: int | None) -> _Level:
    """Fields of one level, and the port entry that replaces them."""
    fields = _fields(rule, path, policy, (name for name in policy if name != "portLevelSettings"))
    for index, entry in enumerate(sequence(policy.get("portLevelSettings"))):
        if port is not None and mapping(mapping(entry).get("port")).get("number") == port:
            return fields, PolicySetting(entry, rule, (*path, "portLevelSettings", index))
    return fields, None
