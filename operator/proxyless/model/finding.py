"""Findings and notices: complete answers that every front door shows alike (design decision 1)."""

from enum import IntEnum

from proxyless.model.fix import Fix
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref


class Severity(IntEnum):
    """How bad it is for calls and their protection; a higher number is worse."""

    INFO = 1
    """Worth knowing: nothing breaks."""
    WARNING = 2
    """What the author wrote does not take effect, or only in part."""
    ERROR = 3
    """Calls fail, are unprotected, or a whole configuration is rejected."""

    @property
    def word(self) -> str:
        """Lower-case name as shown to people and in JSON."""
        return self.name.lower()


class Finding(NamedTuple):
    """One thing that is wrong, with all a reader needs."""

    code: str
    slug: str
    severity: Severity
    ref: Ref
    path: FieldPath
    message: str
    """The actual value and its consequence, one or two sentences."""
    remedy: str
    """What to write or do instead, ends with a full stop."""
    value: str = ""
    """The offending value as text, shortened; empty where the field is absent."""
    applies: str = ""
    """Condition that could not be decided, e.g. ``a client is grpc-go below 1.56``; empty where it certainly applies."""
    evidence: tuple[str, ...] = ()
    related: tuple[Ref, ...] = ()
    origin: Origin | None = None
    line: int = 0
    """1-based line in ``origin.file``; 0 until a front door that has the text fills it in."""
    column: int = 0
    command: str = ""
    """A shell command that does what the remedy says on the live object; empty where there is a choice, or none is known."""
    deny: bool = False
    """True where the object alone proves it, so that admission may reject (design decision 4)."""
    excuse: str = ""
    """Why it is excused, in the words of the annotation or the ProxylessPolicy; empty for findings that count."""
    fix: Fix | None = None
    """Changes of the object that do what the remedy says; None where there is a choice, or other objects or the program are
    concerned."""


class Notice(NamedTuple):
    """Something that was not checked, and why. Neither a finding nor silence."""

    code: str
    ref: Ref | None
    message: str
    internal: bool = False
    """True for a defect of ours: the rule raised, all others still ran."""


class Report(NamedTuple):
    """Everything one run says, in a stable order."""

    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    """Findings that an annotation or a ProxylessPolicy excuses, each with the reason; shown on request."""
    checked: int = 0
    """Number of objects that at least one rule looked at."""
