"""Effective DestinationRule: which rule a client gets for a host, merged as istiod does. Read by ``lint``.

Source: ``setDestinationRules`` and ``destinationRule`` in istiod's ``pilot/pkg/model/push_context.go``,
``SidecarScope.DestinationRule`` in ``sidecar.go``. Left out: what a ``Sidecar`` hides from a client, and rules that
istiod makes from Gateway API backend policies.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from proxyless.mesh.age import age_order
from proxyless.mesh.host import covers, qualify
from proxyless.mesh.merge import MergedRule, add, alone, client_selector, is_visible
from proxyless.mesh.selector import selects
from proxyless.model.resource import Resource


class Step(Enum):
    """Where istiod looks, in this order; the first place that has a rule for the host wins, nothing is inherited."""

    CLIENT = "the client's namespace"
    SERVICE = "the service's namespace"
    ROOT = "the root namespace"


class Answer(NamedTuple):
    """A rule that covers a host for a client, and where istiod finds it."""

    step: Step
    rule: MergedRule


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


_NONE = _Hosts()
_Index = dict[str, _Hosts]
"""By namespace."""


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
        self._answers: dict[tuple[str, str, str], tuple[Answer, ...]] = {}
        self._effective: dict[tuple[str, str, str], Answer | None] = {}
        self._numbers: dict[str, int] = {}
        """Rules of each host as written, in all namespaces."""
        self._wildcards: list[str] = []
        ordered = sorted(rules, key=lambda rule: (client_selector(rule) is None, *age_order(rule)))
        for rule in ordered:
            item = alone(rule, qualify(str(rule.spec.get("host", "")), rule.namespace, domain))
            export, here = item.export_to, rule.namespace
            known = self._numbers[item.host] = self._numbers.get(item.host, 0) + 1
            if known == 1 and "*" in item.host:
                self._wildcards.append(item.host)
            if is_visible(export, here, here):
                self._local.setdefault(here, _Hosts()).add(item)
            if not (len(export) == 1 and export <= {".", here}):
                self._exported.setdefault(here, _Hosts()).add(item)
            elif here == root_namespace:
                self._root_private.setdefault(here, _Hosts()).add(item)

    def merged(self, namespace: str, host: str) -> tuple[MergedRule, ...]:
        """Rules of one host in one namespace as its own clients see them; more than one: not merged."""
        return tuple(self._local.get(namespace, _NONE).rules.get(host, ()))

    def is_contested(self, host: str) -> bool:
        """Whether more than one rule of the mesh covers a host, whoever sees them; False is certain, True may be too much."""
        return self._numbers.get(host, 0) > 1 or "*" in host or any(covers(item, host) for item in self._wildcards)

    def hosts(self, namespace: str) -> tuple[str, ...]:
        """Hosts and wildcards that the namespace's own rules are for."""
        return tuple(self._local.get(namespace, _NONE).rules)

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
        asked = (host, service_namespace, client_namespace)
        if labels:
            return self._find(*asked, labels)
        if asked not in self._effective:
            self._effective[asked] = self._find(*asked, {})
        return self._effective[asked]

    def _find(self, host: str, service: str, client: str, labels: Mapping[str, object]) -> Answer | None:
        for step, found in self._places(host, service, client):
            if found:
                rule = _choose(found[0], client, labels)
                return Answer(step, rule) if rule else None
        return None

    def answers(
        self, host: str, *, service_namespace: str, client_namespace: str, labels: Mapping[str, object] | None = None
    ) -> tuple[Answer, ...]:
        """All rules that cover a host for a client: the effective one first, then those that it shadows."""
        asked = (host, service_namespace, client_namespace)
        if labels:
            return self._find_all(*asked, labels)
        if asked not in self._answers:
            self._answers[asked] = self._find_all(*asked, {})
        return self._answers[asked]

    def _find_all(self, host: str, service: str, client: str, labels: Mapping[str, object]) -> tuple[Answer, ...]:
        found = (
            Answer(step, rule)
            for step, places in self._places(host, service, client)
            for rules in places
            if (rule := _choose(rules, client, labels))
        )
        unique: dict[tuple[Resource, ...], Answer] = {}
        for answer in found:
            unique.setdefault(answer.rule.rules, answer)
        return tuple(unique.values())

    def _places(self, host: str, service: str, client: str) -> Iterator[tuple[Step, list[list[MergedRule]]]]:
        """Per step the rules of each matching pattern, most specific first."""
        own = self._local if client != self._root else self._root_private
        yield Step.CLIENT, own.get(client, _NONE).matching(host)
        for step, namespace in ((Step.SERVICE, service), (Step.ROOT, self._root)):
            places = (
                [rule for rule in rules if is_visible(rule.export_to, namespace, client)]
                for rules in self._exported.get(namespace, _NONE).matching(host)
            )
            yield step, [rules for rules in places if rules]


def _choose(rules: list[MergedRule], client: str, labels: Mapping[str, object]) -> MergedRule | None:
    """Of rules that were not merged: the first whose selector fits the client, else the youngest without one."""
    for rule in rules:
        if rule.selector is not None and rule.rules[0].namespace == client and selects(rule.selector, labels):
            return rule
    return next((rule for rule in reversed(rules) if rule.selector is None), None)
