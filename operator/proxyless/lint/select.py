"""Which rules run, and what is excused: one code path for the command line, admission and conditions.

An object excuses a code with the annotation ``proxyless.dev/ignore: "PX502=mirror is for the gateway only; PX503=..."``:
a reason is required. A ProxylessPolicy excuses codes for a namespace, with reason and expiry (made into
:class:`Exemption` values by ``model.crd``).
"""

from typing import TYPE_CHECKING, NamedTuple

from proxyless.model.finding import Finding
from proxyless.model.resource import Ref, Resource

if TYPE_CHECKING:
    from datetime import datetime

IGNORE = "proxyless.dev/ignore"
"""Annotation: ``CODE=reason``, several separated by ``;``."""


class Exemption(NamedTuple):
    """One excuse by a ProxylessPolicy."""

    namespace: str
    code: str
    reason: str
    kind: str = ""
    """Empty: any kind."""
    name: str = ""
    """Empty: any name."""
    expires: "datetime | None" = None
    """Timezone-aware; from then on the excuse no longer holds. None: never."""

    def covers(self, ref: Ref, code: str, now: "datetime | None") -> bool:
        """Whether it excuses a code on an object at a time."""
        return (
            self.namespace == ref.namespace
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

    def runs(self, code: str) -> bool:
        """Whether a rule runs at all."""
        return (not self.only or code.startswith(self.only)) and not (self.without and code.startswith(self.without))


def ignored_codes(subject: Resource) -> dict[str, str]:
    """Codes that an object excuses itself, with their reasons; entries without a reason do not count."""
    found: dict[str, str] = {}
    said = subject.annotations.get(IGNORE)
    for entry in str(said).split(";") if said else ():
        code, _, reason = entry.partition("=")
        if code.strip() and reason.strip():
            found[code.strip()] = reason.strip()
    return found


def excuse(finding: Finding, subject: Resource, selection: Selection) -> str:
    """The reason why a finding is excused, empty where it is not."""
    if reason := ignored_codes(subject).get(finding.code):
        return reason
    for exemption in selection.exemptions:
        if exemption.covers(finding.ref, finding.code, selection.now):
            return exemption.reason
    return ""
