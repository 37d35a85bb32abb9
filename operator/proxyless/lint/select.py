"""Which rules run and which findings are suppressed: one code path for the command line, admission and conditions.

An object excuses a code with the annotation ``proxyless.dev/ignore: "PX502=mirror is for the gateway only; PX503=..."``:
a reason is required, and ``until 2027-03-31`` at its end lets it expire. A ProxylessPolicy excuses codes for its namespace,
a ProxylessMesh for any, with reason and expiry (made into :class:`Exemption` values by ``adapters.policies``).

In a strict namespace a finding that admission denies is excused by the mesh's owner alone, unless the ProxylessMesh lets
annotations or policies do so; such an excuse must expire (design decision 16).
"""

from typing import TYPE_CHECKING

from proxyless.model.finding import Finding
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource

if TYPE_CHECKING:
    from datetime import datetime

IGNORE = "proxyless.dev/ignore"
"""Annotation: ``CODE=reason``, several separated by ``;``."""


_UNTIL = pattern(r"\s+until\s+(\d{4}-\d{2}-\d{2})\Z")


class Exemption(NamedTuple):
    """An exception of a ProxylessPolicy or the ProxylessMesh that suppresses findings."""

    namespace: str
    """Empty: every namespace."""
    code: str
    reason: str
    kind: str = ""
    """Empty: any kind."""
    name: str = ""
    """Empty: any name."""
    expires: "datetime | None" = None
    """Timezone-aware; from then on the excuse no longer holds. None: never."""
    by_owner: bool = False
    """Said by the mesh's owner, in the ProxylessMesh: holds in strict namespaces too."""

    def covers(self, ref: Ref, code: str, now: "datetime | None") -> bool:
        """Whether it excuses a code on an object at a time."""
        return (
            self.namespace in ("", ref.namespace)
            and self.code == code
            and self.kind in ("", ref.kind)
            and self.name in ("", ref.name)
            and (self.expires is None or now is None or now < self.expires)
        )


class Selection(NamedTuple):
    """What the caller wants: codes or prefixes (``PX5``) to run or leave out, and exemptions."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    now: "datetime | None" = None
    """The time that expiries are compared with; None: they are not."""
    strict: frozenset[str] = frozenset()
    """Namespaces that are labeled strict."""
    may_excuse: frozenset[str] = frozenset()
    """Who, beside the mesh's owner, may excuse there what admission denies: ``annotations``, ``policies``."""

    def runs(self, code: str) -> bool:
        """Whether a rule runs at all."""
        return (not self.only or code.startswith(self.only)) and not (self.without and code.startswith(self.without))


def ignored_codes(subject: Resource) -> dict[str, str]:
    """Codes that an object's own annotation suppresses, with the reasons; entries without a reason do not count."""
    found: dict[str, str] = {}
    said = subject.annotations.get(IGNORE)
    for entry in str(said).split(";") if said else ():
        code, _, reason = entry.partition("=")
        if code.strip() and reason.strip():
            found[code.strip()] = reason.strip()
    return found


class Excuse(NamedTuple):
    """Whether a finding is suppressed, and why."""

    reason: str = ""
    """Why it is accepted; empty where it is not."""
    refused: str = ""
    """Why an excuse that is written does not count."""


def excuse(finding: Finding, subject: Resource, selection: Selection) -> Excuse:
    """The first exception that applies to a finding; if none does, why those that are written do not."""
    bound = finding.deny and finding.ref.namespace in selection.strict
    refused = ""
    if written := ignored_codes(subject).get(finding.code):
        expiry = _UNTIL.search(written)
        refused = _annotation_refused(expiry.group(1) if expiry else "", selection, bound=bound)
        if not refused:
            return Excuse(written)
    for exemption in selection.exemptions:
        if exemption.covers(finding.ref, finding.code, selection.now):
            told = _policy_refused(exemption, selection) if bound else ""
            if not told:
                return Excuse(exemption.reason)
            refused = refused or told
    return Excuse(refused=refused)


def _annotation_refused(until: str, selection: Selection, *, bound: bool) -> str:
    if until and selection.now is not None and selection.now.strftime("%Y-%m-%d") >= until:
        return f"The excuse by annotation ended on {until}."
    if bound and "annotations" not in selection.may_excuse:
        return f"An annotation does not excuse it in a strict namespace; {_OWNER}."
    return (
        "The excuse by annotation needs an expiry here: end it with `until 2027-03-31`." if bound and not until else ""
    )


def _policy_refused(exemption: Exemption, selection: Selection) -> str:
    if exemption.by_owner:
        return ""
    if "policies" not in selection.may_excuse:
        return f"A ProxylessPolicy does not excuse it in a strict namespace; {_OWNER}."
    return "" if exemption.expires is not None else "The exception of the ProxylessPolicy needs `expires` here."


_OWNER = "the mesh's owner can, in the ProxylessMesh (spec.exceptions, spec.strict.mayExcuse)"
