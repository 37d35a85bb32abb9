"""One run of ``proxyless lint``, as all formats get it. Values only; made by ``cli.show``."""

from collections.abc import Callable, Mapping
from typing import Any

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref, Resource

PlaceOf = Callable[[Finding, Ref], Origin | None]
"""Where an object that a finding names beside its own was read; None where it is in no file."""


def nowhere(_finding: Finding, _ref: Ref) -> Origin | None:
    """For runs whose files are not at hand."""
    return None


def unknown(_finding: Finding) -> Resource | None:
    """For runs whose objects are not at hand."""
    return None


class LintRun(NamedTuple):
    """Everything that one run says, and what formats need to say it."""

    report: Report
    problems: tuple[InputError, ...] = ()
    """Input that cannot be read."""
    remarks: tuple[InputError, ...] = ()
    """What kubectl reads without a word."""
    notes: tuple[str, ...] = ()
    """About the input as a whole."""
    files: int = 0
    objects: int = 0
    ignored: int = 0
    read: Mapping[str, Any] = {}
    """Numbers of the input, for JSON's summary."""
    texts: Mapping[str, str] = {}
    """Text by file, for excerpts."""
    places: PlaceOf = nowhere
    subjects: Callable[[Finding], Resource | None] = unknown
    """The object that a finding is about, as it was judged."""
    pages: Mapping[str, str] = {}
    """The rules' pages by code, of those that were found."""
    fail_on: Severity = Severity.WARNING
    """Lowest severity that fails a run."""
    cluster: str = ""
    """URL of the cluster that was read; empty for files alone."""
