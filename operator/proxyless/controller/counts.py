"""Counts of findings by namespace and for the whole mesh, kept up to date verdict by verdict. Pure; made by ``judge``, read by ``statuses``."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest

from proxyless.model.finding import Finding, Severity
from proxyless.model.resource import Ref


@dataclass(slots=True)
class ScopeCounts:
    """Counts of one namespace, or of the whole mesh."""

    findings: Counter[Severity] = field(default_factory=Counter)
    excused: int = 0
    broken: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    """Objects with errors, and the codes."""

    def first_broken(self, most: int) -> list[tuple[Ref, tuple[str, ...]]]:
        """So many of them, by name."""
        return nsmallest(most, list(self.broken.items()))  # a pass may add to them meanwhile


class Counts:
    """Counts of all namespaces. Adding a verdict costs as much as it has findings, however large the mesh is."""

    def __init__(self) -> None:
        self._scopes: dict[str, ScopeCounts] = {}

    def of(self, namespace: str) -> ScopeCounts:
        """Of one namespace; the mesh's under the empty name."""
        return self._scopes.get(namespace) or ScopeCounts()

    def add(self, ref: Ref, findings: Iterable[Finding], excused: int, sign: int = 1) -> None:
        """Count the findings of one object, or with sign -1 no longer count them."""
        findings = tuple(findings)
        if not findings and not excused:
            return
        errors = tuple(sorted({item.code for item in findings if item.severity is Severity.ERROR}))
        for name in {"", ref.namespace}:
            scope = self._scopes.get(name)
            if scope is None:
                scope = self._scopes[name] = ScopeCounts()
            for item in findings:
                scope.findings[item.severity] += sign
            scope.excused += sign * excused
            if sign < 0:
                scope.broken.pop(ref, None)
            elif errors:
                scope.broken[ref] = errors
