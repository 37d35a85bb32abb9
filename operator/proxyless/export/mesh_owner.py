"""What the owner of the mesh says, as far as policies can carry it: exceptions and what follows for each rule.

Read by the command from a ProxylessMesh. A policy sees no object but the request's, so the words are written into it; what
changes later takes another export.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from proxyless.export.bindings import DENY, WARN, BoundNamespaces
from proxyless.export.cel import text
from proxyless.lint.select import Exemption
from proxyless.model.enforcement import Action, Enforcement
from proxyless.model.record import NamedTuple

_ACTIONS: dict[Action, tuple[str, ...]] = {
    Action.DENY: DENY,
    Action.WARN: WARN,
    Action.AUDIT: ("Audit",),
    Action.OFF: (),
}


class MeshOwner(NamedTuple):
    """His words; by default none."""

    enforcement: Enforcement = Enforcement()
    """Lines of the mesh alone count."""
    exemptions: tuple[Exemption, ...] = ()
    today: datetime | None = None
    """The time of the export, which expiries are compared with; None: they are not."""

    def excuses(self, code: str) -> list[Exemption]:
        """Exceptions from a rule that hold today."""
        return [
            item
            for item in self.exemptions
            if item.code == code and (item.expires is None or self.today is None or self.today < item.expires)
        ]

    def actions(self, code: str, place: BoundNamespaces) -> tuple[str, ...]:
        """What a binding of a rule does; outside strict namespaces it never denies."""
        strict = place.actions == DENY
        wanted = self.enforcement.action("", code, strict=strict, denies=True)
        if strict or place.actions == WARN:
            return _ACTIONS[Action.WARN if wanted is Action.DENY and not strict else wanted]
        return place.actions

    def remarks(self, codes: Sequence[str]) -> Iterator[str]:
        """What a reader of the policies should know of his words."""
        for code in codes:
            for item in self.excuses(code):
                if item.expires is not None:
                    yield f"{code}: an exception ends on {item.expires:%Y-%m-%d}, and CEL has no clock: export again then."
            said = self.enforcement.configured("", code)
            if said is Action.DENY:
                yield f"{code}: deny holds in strict namespaces; elsewhere the policy warns."


def excused(exemptions: Sequence[Exemption]) -> str:
    """Whether one of the exceptions covers the object, as CEL; empty where there is none."""
    return " ||\n".join(map(_covers, exemptions))


def _covers(item: Exemption) -> str:
    name = 'object.metadata.?name.orValue(object.metadata.?generateName.orValue(""))'
    parts = [("request.namespace", item.namespace), ("object.kind", item.kind), (name, item.name)]
    said = [f"{field} == {text(value)}" for field, value in parts if value]
    return f"({' && '.join(said)})" if said else "true"
