"""Types of the rows about libraries and releases that are neither fields nor features; ``rows`` says how they are written and read.

Apart from ``rows`` and imported when first asked for: each type costs time at start, and a clean run needs none of them.
"""

from collections.abc import Mapping
from typing import Annotated

from proxyless.matrix.rows import EVER, Sentences, Text
from proxyless.matrix.verdict import Checked, Circumstance, Verdict
from proxyless.model.client import Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.record import NamedTuple
from proxyless.model.version import Span, Version


class Column(NamedTuple):
    """What some releases of a framework do with a group of fields."""

    verdict: Verdict
    text: Text
    languages: frozenset[Language] = frozenset()
    """Implementations that it was read from; empty: the one in ``frameworks.COLUMNS``."""
    versions: Span = EVER
    istio: Span = EVER


class FrameworkRow(NamedTuple):
    """A group of fields, and what Dubbo and Kitex do with it, which read Envoy's resources by themselves."""

    id: Annotated[str, r"framework(\.[a-z0-9_]+)+"]
    title: Text
    covers: tuple[Text, ...]
    """Identifiers of field rows; one that ends in ``*`` stands for all that start so."""
    columns: Mapping[Framework, tuple[Column, ...]]
    grpc: Text
    """The same for gRPC in one line, for people."""
    evidence: tuple[Text, ...]


class Need(NamedTuple):
    """Something that a framework needs to work at all, in words for each framework."""

    subject: Text
    grpc: Text
    dubbo_java: Text
    dubbo_go: Text
    kitex: Text
    evidence: tuple[Text, ...]


class Window(NamedTuple):
    """Releases of a framework that can join an Istio mesh without a sidecar."""

    framework: Framework
    language: Language
    versions: Span
    text: Text
    evidence: tuple[Text, ...]


class Advisory(NamedTuple):
    """A defect of library releases that a mesh runs into where its condition holds: advisories and other known defects."""

    id: Annotated[str, r"[a-z-]+(\.[a-z0-9_]+)+"]
    """Permanent name, the library first."""
    ids: tuple[Annotated[str, r"(CVE|GHSA|GO)-.+"], ...]
    """Under which it was published; empty for a defect without an advisory."""
    languages: frozenset[Language]
    releases: tuple[Span, ...]
    condition: Circumstance
    severity: Severity
    text: Text
    """What the library does, in words that follow its name; no full stop."""
    remedy: Sentences
    evidence: tuple[Text, ...]
    note: str = ""

    def concerns(self, language: Language | None, version: Version | None) -> bool:
        """Whether a release has it; a release that is not known is not said to."""
        return language in self.languages and version is not None and any(version in span for span in self.releases)


class Implementation(NamedTuple):
    """A published library that speaks xDS and has no column of its own: what is known of it, in words."""

    id: Text
    """Its name in the registry."""
    registry: Text
    newest: Version
    """Newest release that was looked at."""
    text: Sentences
    checked: Checked
    evidence: tuple[Text, ...]


class Defaults(NamedTuple):
    """Releases of Istio that questions and injection fall back on."""

    first: Version
    """Oldest Istio that questions without a version are answered for."""
    checked: Version
    """Newest Istio that the rows were checked against."""
    agent: Version
    """Release of the agent where nothing else is said."""
    image: Text
    """Image of that agent."""
    evidence: tuple[Text, ...]
