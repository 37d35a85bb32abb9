"""Finds entries of ProxylessPolicies that contradict each other about the same pods. Pure; called by ``lint.policies``.

Of several entries that select a pod the first counts as a whole: policies by name, entries in their order. Whoever wrote
the other one believes that it counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from proxyless.errors import InputError
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource, mapping, sequence
from proxyless.model.version import Version

FIELDS = ("inject", "framework", "language", "version", "targets", "xds")
"""Fields of an entry that say something of a pod."""


class Contradiction(NamedTuple):
    """One field of an entry that another entry contradicts."""

    path: FieldPath
    value: object
    other: Ref
    """The policy of the other entry, which may be the same one."""
    other_path: FieldPath
    other_value: object
    counts: bool
    """Whether this entry counts, and not the other."""
    pods: str
    """For which pods, in words."""

    def sentence(self, own: Ref) -> str:
        """One sentence for the author of the policy ``own``."""
        alone = self.other == own
        there = show(self.other_path) if alone else f"{self.other} ({show(self.other_path)})"
        first = show(self.path) if self.counts and alone else str(own) if self.counts else there
        order = "it stands first" if alone else "it is the first by namespace and name"
        return (
            f"{show(self.path)} is {_shown(self.value)} here and {_shown(self.other_value)} in {there}, {self.pods}: "
            f"{first} counts, since {order}."
        )


def contradictions(
    subject: Resource, policies: Iterable[Resource], workloads: Sequence[Workload]
) -> Iterator[Contradiction]:
    """Each field of a policy that another entry, of its own or of another policy, contradicts.

    No contradiction: an entry for some of the pods of a later, wider one. That is how an exception is written.

    Args:
        subject: the policy.
        policies: those of its namespace that are in use, with or without the subject.
        workloads: those of its namespace that are known; empty: none is.
    """
    others = {item.ref: item for item in policies} | {subject.ref: subject}
    entries = [entry for ref in sorted(others) for entry in _entries(others[ref])]
    for place, mine in enumerate(entries):
        if mine.ref != subject.ref:
            continue
        for position, other in enumerate(entries):
            if position == place:
                continue
            first, second = (mine, other) if place < position else (other, mine)
            differing = [field for field in FIELDS if _differ(field, mine.said.get(field), other.said.get(field))]
            pods = _both(first.selector, second.selector, workloads) if differing else ""
            if pods:
                for field in differing:
                    yield Contradiction(
                        (*mine.path, field),
                        mine.said[field],
                        other.ref,
                        (*other.path, field),
                        other.said[field],
                        mine is first,
                        pods,
                    )


class _Entry(NamedTuple):
    ref: Ref
    path: FieldPath
    selector: Mapping[str, Any]
    said: Mapping[str, Any]


def _entries(policy: Resource) -> Iterator[_Entry]:
    for index, raw in enumerate(sequence(policy.spec.get("workloads"))):
        if isinstance(raw, dict):
            selector = mapping(mapping(raw.get("selector")).get("matchLabels"))
            yield _Entry(policy.ref, ("spec", "workloads", index), selector, raw)


def _both(first: Mapping[str, Any], second: Mapping[str, Any], workloads: Sequence[Workload]) -> str:
    """For which pods both count, in words; empty: for none that is known, or the first is an exception to the second."""
    if any(second[key] != value for key, value in first.items() if key in second):
        return ""
    if first.keys() > second.keys():
        return ""
    together = {**first, **second}
    chosen = next((workload for workload in workloads if selects(together, workload.labels)), None)
    if chosen is not None:
        return f"for {chosen.ref}"
    if first.keys() <= second.keys():
        return "for each pod that both select"
    return "" if workloads else "if a pod has the labels of both"


def _differ(field: str, one: object, other: object) -> bool:
    if one is None or other is None:
        return False
    if field == "version":
        try:
            return Version.parse(str(one)) != Version.parse(str(other))
        except InputError:
            return False  # the object is refused for that
    return one != other


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
