"""Merges several DestinationRules of one namespace and host as istiod does. Used by ``destination``, read by ``lint``.

Source: ``mergeDestinationRule`` in istiod's ``pilot/pkg/model/destination_rule.go``.
"""

from collections.abc import Mapping

from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence


class SubsetSource(NamedTuple):
    """One entry of ``spec.subsets``."""

    name: str
    rule: Resource
    path: FieldPath
    entry: Mapping[str, object]

    @property
    def labels(self) -> dict[str, object]:
        """Labels that an endpoint must have."""
        return mapping(self.entry.get("labels"))


class MergedRule(NamedTuple):
    """DestinationRules of one host and namespace that istiod makes one."""

    host: str
    export_to: frozenset[str]
    """Of the oldest; empty: everywhere."""
    selector: Mapping[str, object] | None
    """Labels of the clients it is for; None: all."""
    rules: tuple[Resource, ...]
    """Oldest first."""
    policy: Resource | None
    """The rule whose ``trafficPolicy`` counts, whole: the oldest that has one."""
    subsets: tuple[SubsetSource, ...]
    duplicates: tuple[SubsetSource, ...] = ()
    """Subsets that are dropped, since an older rule has the name."""

    @property
    def decider(self) -> Resource:
        """The rule to write a policy into: the one whose policy counts, else the oldest."""
        return self.policy or self.rules[0]

    @property
    def overruled(self) -> tuple[Resource, ...]:
        """Rules whose ``trafficPolicy`` has no effect, since an older rule has one."""
        return tuple(rule for rule in self.rules if has_policy(rule) and rule is not self.policy)

    def subset(self, name: str) -> SubsetSource | None:
        """The subset of that name."""
        return next((item for item in self.subsets if item.name == name), None)


def has_policy(rule: Resource) -> bool:
    """Whether ``trafficPolicy`` is written; an empty one counts."""
    return isinstance(rule.spec.get("trafficPolicy"), dict)


def client_selector(rule: Resource) -> Mapping[str, object] | None:
    """Labels of ``workloadSelector``, None where the rule is for all clients."""
    selector = rule.spec.get("workloadSelector")
    return mapping(selector.get("matchLabels")) if isinstance(selector, dict) else None


def export_to(rule: Resource) -> frozenset[str]:
    """Namespaces that see a rule; empty: all. A rule with a workloadSelector never leaves its namespace."""
    if client_selector(rule) is not None:
        return frozenset((".",))
    return frozenset(map(str, sequence(rule.spec.get("exportTo"))))


def is_visible(export: frozenset[str], owner: str, client: str) -> bool:
    """Whether a rule of namespace ``owner`` reaches clients of namespace ``client``."""
    return not export or "*" in export or client in export or (client == owner and "." in export)


def alone(rule: Resource, host: str) -> MergedRule:
    """One rule by itself; ``host`` is its full host."""
    subsets = tuple(
        SubsetSource(str(entry.get("name", "")), rule, ("spec", "subsets", index), entry)
        for index, entry in enumerate(map(mapping, sequence(rule.spec.get("subsets"))))
    )
    return MergedRule(
        host, export_to(rule), client_selector(rule), (rule,), rule if has_policy(rule) else None, subsets
    )


def _joined(older: MergedRule, younger: MergedRule) -> MergedRule:
    names = {subset.name for subset in older.subsets}
    return MergedRule(
        older.host,
        older.export_to,
        older.selector,
        older.rules + younger.rules,
        older.policy or younger.policy,
        older.subsets + tuple(subset for subset in younger.subsets if subset.name not in names),
        older.duplicates + tuple(subset for subset in younger.subsets if subset.name in names),
    )


def add(merged: list[MergedRule], item: MergedRule) -> None:
    """Merges one rule into those of its host, or puts it beside them; called in the order of istiod.

    Rules whose ``exportTo`` differs are kept apart, also an absent one from ``["*"]`` (istiod's
    ENABLE_ENHANCED_DESTINATIONRULE_MERGE, on by default); so are rules for different clients.
    """
    apart = True
    for index, older in enumerate(merged):
        same = item.export_to == older.export_to
        if not same and not (older.export_to and item.export_to >= older.export_to):
            apart = True
            continue
        apart = not same
        if older.selector is not None and item.selector is not None and older.selector != item.selector:
            apart = True
            continue
        if (older.selector is None) == (item.selector is None):
            apart = False
        merged[index] = _joined(older, item)
    if apart:
        merged.append(item)
