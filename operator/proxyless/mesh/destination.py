"""Effective DestinationRule: which rule a client gets for a host, merged as istiod does. Read by ``lint``.

Source: ``setDestinationRules`` and ``destinationRule`` in istiod's ``pilot/pkg/model/push_context.go``,
``mergeDestinationRule`` in ``destination_rule.go``, ``SidecarScope.DestinationRule`` in ``sidecar.go``. Left out: what a
``Sidecar`` hides from a client, and rules that istiod makes from Gateway API backend policies.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from proxyless.mesh.age import age_order
from proxyless.mesh.host import qualify
from proxyless.mesh.selector import selects
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence


class Step(Enum):
    """Where istiod looks, in this order; the first place that has a rule for the host wins, nothing is inherited."""

    CLIENT = "the client's namespace"
    SERVICE = "the service's namespace"
    ROOT = "the root namespace"


@dataclass(slots=True, frozen=True)
class SubsetSource:
    """One entry of ``spec.subsets``."""

    name: str
    rule: Resource
    path: FieldPath

    @property
    def labels(self) -> dict[str, object]:
        """Labels that an endpoint must have."""
        return mapping(mapping(sequence(self.rule.spec.get("subsets"))[int(self.path[2])]).get("labels"))


@dataclass(slots=True, frozen=True)
class MergedRule:
    """DestinationRules of one host and namespace that istiod makes one."""

    host: str
    export_to: frozenset[str]
    """Of the oldest; empty: everywhere."""
    selector: Mapping[str, object] | None = field(hash=False)
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


@dataclass(slots=True, frozen=True)
class Answer:
    """A rule that covers a host for a client, and where istiod finds it."""

    step: Step
    rule: MergedRule


def has_policy(rule: Resource) -> bool:
    """Whether ``trafficPolicy`` is written; an empty one counts."""
    return isinstance(rule.spec.get("trafficPolicy"), dict)


def _client_selector(rule: Resource) -> Mapping[str, object] | None:
    selector = rule.spec.get("workloadSelector")
    return mapping(selector.get("matchLabels")) if isinstance(selector, dict) else None


def export_to(rule: Resource) -> frozenset[str]:
    """Namespaces that see a rule; empty: all. A rule with a workloadSelector never leaves its namespace."""
    if _client_selector(rule) is not None:
        return frozenset((".",))
    return frozenset(map(str, sequence(rule.spec.get("exportTo"))))


def is_visible(export: frozenset[str], owner: str, client: str) -> bool:
    """Whether a rule of namespace ``owner`` reaches clients of namespace ``client``."""
    return not export or "*" in export or client in export or (client == owner and "." in export)


def _alone(rule: Resource, host: str) -> MergedRule:
    subsets = tuple(
        SubsetSource(str(mapping(entry).get("name", "")), rule, ("spec", "subsets", index))
        for index, entry in enumerate(sequence(rule.spec.get("subsets")))
    )
    return MergedRule(
        host, export_to(rule), _client_selector(rule), (rule,), rule if has_policy(rule) else None, subsets
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


def _add(merged: list[MergedRule], item: MergedRule) -> None:
    """Merges one rule into those of its host, or puts it beside them.

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


_Index = dict[str, dict[str, list[MergedRule]]]
"""Namespace to host to merged rules."""


class DestinationRules:
    """All DestinationRules of a mesh, ready for lookups.

    Args:
        rules: all that are known.
        root_namespace: where mesh-wide rules live.
        domain: the cluster domain, for short host names.
    """

    def __init__(self, rules: Iterable[Resource], *, root_namespace: str, domain: str = "cluster.local") -> None:
        self._root = root_namespace
        self._local: _Index = {}
        self._exported: _Index = {}
        self._root_private: _Index = {}
        ordered = sorted(rules, key=lambda rule: (_client_selector(rule) is None, *age_order(rule)))
        for rule in ordered:
            item = _alone(rule, qualify(str(rule.spec.get("host", "")), rule.namespace, domain))
            export, here = item.export_to, rule.namespace
            if is_visible(export, here, here):
                _add(self._local.setdefault(here, {}).setdefault(item.host, []), item)
            if not (len(export) == 1 and export <= {".", here}):
                _add(self._exported.setdefault(here, {}).setdefault(item.host, []), item)
            elif here == root_namespace:
                _add(self._root_private.setdefault(here, {}).setdefault(item.host, []), item)

    def merged(self, namespace: str, host: str) -> tuple[MergedRule, ...]:
        """Rules of one host in one namespace as its own clients see them; more than one: not merged."""
        return tuple(self._local.get(namespace, {}).get(host, ()))

    def hosts(self, namespace: str) -> tuple[str, ...]:
        """Hosts and wildcards that the namespace's own rules are for."""
        return tuple(self._local.get(namespace, {}))

    def effective(
        self, host: str, *, service_namespace: str, client_namespace: str, labels: Mapping[str, object] | None = None
    ) -> Answer | None:
        """The rule that a client gets for a host, None for none.

        Args:
            host: full host name.
            service_namespace: the namespace of the host's Service (or ServiceEntry).
            client_namespace: the client pod's namespace.
            labels: the client pod's labels; without them rules with a workloadSelector do not match.
        """
        for step, found in self._places(host, service_namespace, client_namespace):
            if found:
                rule = _choose(found[0], client_namespace, labels or {})
                return Answer(step, rule) if rule else None
        return None

    def answers(
        self, host: str, *, service_namespace: str, client_namespace: str, labels: Mapping[str, object] | None = None
    ) -> tuple[Answer, ...]:
        """All rules that cover a host for a client: the effective one first, then those that it shadows."""
        found = (
            Answer(step, rule)
            for step, places in self._places(host, service_namespace, client_namespace)
            for rules in places
            if (rule := _choose(rules, client_namespace, labels or {}))
        )
        unique: dict[tuple[Resource, ...], Answer] = {}
        for answer in found:
            unique.setdefault(answer.rule.rules, answer)
        return tuple(unique.values())

    def _places(self, host: str, service: str, client: str) -> Iterator[tuple[Step, list[list[MergedRule]]]]:
        """Per step the rules of each matching pattern, most specific first."""
        own = self._local if client != self._root else self._root_private
        yield Step.CLIENT, _matching(own.get(client, {}), host)
        for step, namespace in ((Step.SERVICE, service), (Step.ROOT, self._root)):
            places = (
                [rule for rule in rules if is_visible(rule.export_to, namespace, client)]
                for rules in _matching(self._exported.get(namespace, {}), host)
            )
            yield step, [rules for rules in places if rules]


def _matching(by_host: Mapping[str, list[MergedRule]], host: str) -> list[list[MergedRule]]:
    """The rules of each pattern that covers a host: exact first, then the longest wildcard."""
    patterns = [
        pattern
        for pattern in by_host
        if pattern == host or (pattern.startswith("*") and host.removeprefix("*").endswith(pattern[1:]))
    ]
    patterns.sort(key=lambda pattern: (pattern != host, -len(pattern), pattern))
    return [by_host[pattern] for pattern in patterns]


def _choose(rules: list[MergedRule], client: str, labels: Mapping[str, object]) -> MergedRule | None:
    """Of rules that were not merged: the first whose selector fits the client, else the youngest without one."""
    for rule in rules:
        if rule.selector is not None and rule.rules[0].namespace == client and selects(rule.selector, labels):
            return rule
    return next((rule for rule in reversed(rules) if rule.selector is None), None)
