"""What happens to a finding at admission: deny, warn, audit or off, by namespace and rule.

A pure value, made by ``adapters.policies`` from ProxylessMesh and ProxylessPolicy, asked by the webhook. It never
decides alone: admission rejects only what the reviewed object itself proves (``Finding.deny``, design decision 4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from proxyless.model.record import NamedTuple


class Action(Enum):
    """What admission does with a finding; listed from the strictest on."""

    DENY = "deny"
    """Reject the request where the object alone proves the finding; else warn."""
    WARN = "warn"
    """Accept, and answer with a warning."""
    AUDIT = "audit"
    """Accept without a word; conditions, counts and the audit annotation still tell."""
    OFF = "off"
    """Accept, and do not run the rule at admission."""


class Enforced(NamedTuple):
    """One line of an ``enforcement`` list."""

    rule: str
    """A code (``PX301``) or a prefix with a star (``PX5*``, ``PX*``)."""
    action: Action


@dataclass(slots=True, frozen=True)
class Enforcement:
    """All that the mesh and the namespaces say. A namespace's word wins over the mesh's, a code over a prefix."""

    mesh: tuple[Enforced, ...] = ()
    """From ProxylessMesh; holds in every namespace."""
    namespaces: Mapping[str, tuple[Enforced, ...]] = field(default_factory=dict)
    """From the ProxylessPolicies of each namespace, taken together."""
    strict: frozenset[str] = frozenset()
    """Namespaces with the label ``proxyless.dev/enforcement: strict``, where rules deny unless told otherwise."""

    may_weaken: bool = False
    """Whether the policies of a strict namespace may ask for less than deny where a rule denies."""

    def configured(self, namespace: str, code: str) -> Action | None:
        """The action that the namespace or the mesh configures for a code; None: neither does."""
        here = strictest(self.namespaces.get(namespace, ()), code)
        return strictest(self.mesh, code) if here is None else here

    def demands(self, namespace: str, code: str) -> bool:
        """Whether a line of the namespace or the mesh says deny of exactly this code, so that what else is known counts too."""
        lines = (*self.namespaces.get(namespace, ()), *self.mesh)
        return any(line.rule == code and line.action is Action.DENY for line in lines) and (
            self.configured(namespace, code) is Action.DENY
        )

    def action(self, namespace: str, code: str, *, strict: bool | None = None, denies: bool = False) -> Action:
        """What to do with a finding of a code in a namespace.

        Args:
            namespace: namespace of the object; empty for kinds of cluster scope.
            code: the finding's code.
            strict: whether the namespace is strict, for callers that know it without a cache (the strict webhook is
                only called for such namespaces); None: as the labels that were read say.
            denies: whether admission can deny by this rule; then a policy of a strict namespace does not weaken it
                unless the mesh's owner lets it (``may_weaken``).
        """
        bound = namespace in self.strict if strict is None else strict
        default = Action.DENY if bound else Action.WARN
        if bound and denies and not self.may_weaken:
            owner = strictest(self.mesh, code) or default
            asked = strictest(self.namespaces.get(namespace, ()), code) or owner
            return min(owner, asked, key=tuple(Action).index)
        return self.configured(namespace, code) or default


def strictest(lines: Iterable[Enforced], code: str) -> Action | None:
    """The action of the lines that fit a code best: the exact code, else the longest prefix.

    Where several policies say different things with the same weight the strictest counts, so that adding a policy
    never weakens another.
    """
    order = tuple(Action)
    best: tuple[int, int] | None = None
    for line in lines:
        weight = fit(line.rule, code)
        if weight and (best is None or (-weight, order.index(line.action)) < best):
            best = (-weight, order.index(line.action))
    return None if best is None else order[best[1]]


def fit(rule: str, code: str) -> int:
    """How exactly a line's rule names a code: 0 not at all, more for a longer prefix, most for the code itself."""
    if rule.endswith("*"):
        return len(rule) if code.startswith(rule[:-1]) else 0
    return len(code) + 2 if rule == code else 0
