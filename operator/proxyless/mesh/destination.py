"""Effective DestinationRule: which rule a client gets for a host, merged as istiod does. Read by ``lint``.

In each place istiod takes the most specific pattern first and asks then whether the client sees it: a wildcard never
stands in for a hidden rule of the host itself.

Source: ``setDestinationRules`` and ``destinationRule`` in istiod's ``pilot/pkg/model/push_context.go``,
``SidecarScope.DestinationRule`` in ``sidecar.go``. Left out: rules that istiod makes from Gateway API backend policies.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum

from proxyless.mesh.age import age_order
from proxyless.mesh.host import covers, qualify
from proxyless.mesh.merge import MergedRule, add, alone, client_selector, is_visible
from proxyless.mesh.selector import selects
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class LookupPlace(Enum):
    """Where istiod looks, in this order; the first place that has a rule for the host wins, nothing is inherited."""

    CLIENT = "the client's namespace"
    SERVICE = "the service's namespace"
    ROOT = "the root namespace"


class CoveringRule(NamedTuple):
    """A rule that covers a host for a client, and where istiod finds it."""

    step: LookupPlace
    rule: MergedRule


class _Place(NamedTuple):
    """Rules of one pattern in one namespace."""

    seen: list[MergedRule]
    hidden: list[MergedRule]
    """Those that are not exported to the client."""


class _Hosts:
    """Merged rules of one namespace, by host; a lookup looks at one host and the few wildcards, not at all rules."""

    __slots__ = ("rules", "wildcards")

    def __init__(self) -> None:
        self.rules: dict[str, list[MergedRule]] = {}
        self.wildcards: list[str] = []
        """The longest first."""

    def add(self, item: MergedRule) -> None:
        known = self.rules.get(item.host)
        if known is None:
            known = self.rules[item.host] = []
            if item.host.startswith("*"):
                self.wildcards = sorted([*self.wildcards, item.host], key=lambda host: (-len(host), host))
        add(known, item)

    def matching(self, host: str) -> list[list[MergedRule]]:
        """The rules of each pattern that covers a host: exact first, then the longest wildcard."""
        found = [self.rules[host]] if host in self.rules else []
        if self.wildcards:
            name = host.removeprefix("*")
            found += [self.rules[item] for item in self.wildcards if item != host and name.endswith(item[1:])]
        return found


class _Namespace(NamedTuple):
    """The rules of one namespace."""

    local: _Hosts
    """Those that its own clients see."""
    exported: _Hosts
    """Those that others may see."""
    root_private: _Hosts
    """Of the root namespace: those that are for it alone."""


class DestinationRules:
    """All DestinationRules of a mesh, ready for lookups.

    Args:
        rules: all that are known.
        root_namespace: where mesh-wide rules live.
        domain: the cluster domain, for short host names.
        default_export: ``defaultDestinationRuleExportTo`` of MeshConfig; only ``.`` in it makes a difference.
    """

    def __init__(
        self,
        rules: Iterable[Resource],
        *,
        root_namespace: str,
        domain: str = "cluster.local",
        default_export: frozenset[str] = frozenset("*"),
    ) -> None:
        self._root = root_namespace
        self._domain = domain
        self._default_export = default_export
        written: dict[str, list[Resource]] = {}
        for rule in rules:
            written.setdefault(rule.namespace, []).append(rule)
        self._rules: Callable[[], Iterable[Resource]] = lambda: (rule for found in written.values() for rule in found)
        self._written: Callable[[str], Iterable[Resource]] = lambda namespace: written.get(namespace, ())
        self._namespaces: dict[str, _Namespace] = {}
        self._answers: dict[tuple[str, str, str], tuple[CoveringRule, ...]] = {}
        self._effective: dict[tuple[str, str, str], CoveringRule | None] = {}
        self._counted: dict[str, Mapping[str, int]] = {}

    @classmethod
    def over(
        cls, snapshot: Snapshot, *, root_namespace: str, domain: str, default_export: frozenset[str]
    ) -> "DestinationRules":
        """Those of a snapshot, which are looked up by namespace as they are asked for."""
        rules = cls((), root_namespace=root_namespace, domain=domain, default_export=default_export)
        rules._rules = lambda: snapshot.of_kind("DestinationRule")
        rules._written = lambda namespace: snapshot.of_kind("DestinationRule", namespace)
        rules._namespaces, rules._answers, rules._effective = snapshot.cache(), snapshot.cache(), snapshot.cache()
        rules._counted = snapshot.cache()
        return rules

    def _of(self, namespace: str) -> _Namespace:
        """The rules of one namespace, merged at the first question for one of them."""
        known = self._namespaces.get(namespace)
        if known is None:
            known = _Namespace(_Hosts(), _Hosts(), _Hosts())
            for rule in sorted(
                self._written(namespace), key=lambda rule: (client_selector(rule) is None, *age_order(rule))
            ):
                self._add(known, alone(rule, qualify(str(rule.spec.get("host", "")), namespace, self._domain)))
            self._namespaces[namespace] = known
        return known

    def _add(self, known: _Namespace, item: MergedRule) -> None:
        export, here = item.export_to, item.rules[0].namespace
        if is_visible(export, here, here):
            known.local.add(item)
        private = "." in self._default_export if not export else len(export) == 1 and export <= {".", here}
        if not private:
            known.exported.add(item)
        elif here == self._root:
            known.root_private.add(item)

    @property
    def _numbers(self) -> Mapping[str, int]:
        """Rules of each host as written, in all namespaces."""
        known = self._counted.get("")
        if known is None:
            found: dict[str, int] = {}
            for rule in self._rules():
                host = qualify(str(rule.spec.get("host", "")), rule.namespace, self._domain)
                found[host] = found.get(host, 0) + 1
            known = self._counted[""] = found
        return known

    def merged(self, namespace: str, host: str) -> tuple[MergedRule, ...]:
        """Rules of one host in one namespace as its own clients see them; more than one: not merged."""
        return tuple(self._of(namespace).local.rules.get(host, ()))

    def is_contested(self, host: str) -> bool:
        """Whether more than one rule of the mesh covers a host, whoever sees them; False is certain, True may be too much."""
        return (
            self._numbers.get(host, 0) > 1
            or "*" in host
            or any(covers(item, host) for item in self._numbers if "*" in item)
        )

    def hosts(self, namespace: str) -> tuple[str, ...]:
        """Hosts and wildcards that the namespace's own rules are for."""
        return tuple(self._of(namespace).local.rules)

    def effective(
        self, host: str, *, service_namespace: str, client_namespace: str, labels: Mapping[str, object] | None = None
    ) -> CoveringRule | None:
        """The rule that a client gets for a host, None for none.

        Args:
            host: full host name.
            service_namespace: the namespace of the host's Service (or ServiceEntry).
            client_namespace: the client pod's namespace.
            labels: the client pod's labels; without them rules with a workloadSelector do not match.
        """
        asked = (host, service_namespace, client_namespace)
        if labels:
            return self._find(*asked, labels)
        if asked not in self._effective:
            self._effective[asked] = self._find(*asked, {})
        return self._effective[asked]

    def _find(self, host: str, service: str, client: str, labels: Mapping[str, object]) -> CoveringRule | None:
        for step, places in self._places(host, service, client):
            if places and places[0].seen:
                rule = _choose(places[0].seen, client, labels)
                return CoveringRule(step, rule) if rule else None
        return None

    def answers(
        self, host: str, *, service_namespace: str, client_namespace: str, labels: Mapping[str, object] | None = None
    ) -> tuple[CoveringRule, ...]:
        """All rules that cover a host for a client: the effective one first, then those that it shadows."""
        asked = (host, service_namespace, client_namespace)
        if labels:
            return self._find_all(*asked, labels)
        if asked not in self._answers:
            self._answers[asked] = self._find_all(*asked, {})
        return self._answers[asked]

    def _find_all(self, host: str, service: str, client: str, labels: Mapping[str, object]) -> tuple[CoveringRule, ...]:
        found = (
            CoveringRule(step, rule)
            for step, places in self._places(host, service, client)
            for place in places
            if (rule := _choose(place.seen, client, labels))
        )
        unique: dict[tuple[Resource, ...], CoveringRule] = {}
        for answer in found:
            unique.setdefault(answer.rule.rules, answer)
        effective = self._find(host, service, client, labels)
        if effective is None:
            return ()
        unique.pop(effective.rule.rules, None)
        return (effective, *unique.values())

    def hidden(self, host: str, *, service_namespace: str, client_namespace: str) -> tuple[CoveringRule, ...]:
        """Rules of the most specific pattern of each place that the client does not see: they keep wildcards from it."""
        return tuple(
            CoveringRule(step, rule)
            for step, places in self._places(host, service_namespace, client_namespace)
            for place in places[:1]
            for rule in place.hidden
        )

    def _places(self, host: str, service: str, client: str) -> Iterator[tuple[LookupPlace, list[_Place]]]:
        """Per step the rules of each matching pattern, most specific first."""
        own = self._of(client).local if client != self._root else self._of(client).root_private
        yield LookupPlace.CLIENT, [_Place(rules, []) for rules in own.matching(host)]
        for step, namespace in ((LookupPlace.SERVICE, service), (LookupPlace.ROOT, self._root)):
            found = self._of(namespace).exported.matching(host)
            yield step, [_split(rules, client) for rules in found]


def _split(rules: list[MergedRule], client: str) -> _Place:
    """Outside its own namespace a rule is seen by name or by all; ``.`` counts for nothing there."""
    seen = [rule for rule in rules if not rule.export_to or "*" in rule.export_to or client in rule.export_to]
    return _Place(seen, [rule for rule in rules if rule not in seen] if len(seen) < len(rules) else [])


def _choose(rules: list[MergedRule], client: str, labels: Mapping[str, object]) -> MergedRule | None:
    """Of rules that were not merged: the first whose selector fits the client, else the youngest without one."""
    for rule in rules:
        if rule.selector is not None and rule.rules[0].namespace == client and selects(rule.selector, labels):
            return rule
    return next((rule for rule in reversed(rules) if rule.selector is None), None)
