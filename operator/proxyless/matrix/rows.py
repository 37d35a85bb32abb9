"""Types of the feature table's rows: they state the keys of the YAML and are the frozen values that the product works with.

``read`` makes rows of plain values by these annotations, and ``build`` refuses what they do not allow. Each row exists
once, so it is compared by identity; the generated comparisons would only cost time at start. ``library_rows`` has the rows
that a run without findings never asks for. A text in ``Annotated`` is the
pattern that the whole value must match.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from proxyless.matrix.verdict import Checked, IstiodHandling, Radius, Verdict, Where, XdsResourceType
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth
from proxyless.model.version import Span, Version

EVER = Span()

Text = Annotated[str, r".+"]
Sentences = Annotated[str, r".*[.!?]"]
FeatureName = Annotated[str, r"[a-z]+(\.[a-z0-9_]+)+"]
RuleCode = Annotated[str, r"PX\d{3}"]


class Link(NamedTuple):
    """A gRPC feature that decides a row, in some releases of Istio. The YAML writes its name alone for all releases."""

    feature: FeatureName
    istio: Span = EVER


class Effect(NamedTuple):
    """What a row means for some clients in place of its general verdict; the first that fits is used."""

    verdict: Verdict
    text: Text
    languages: frozenset[Language] = frozenset()
    """Empty: all. The YAML writes ``core`` for the four that wrap C-core, here and everywhere."""
    versions: Span = EVER
    istio: Span = EVER
    when: Any = None
    """Condition as data; None: always."""
    radius: Radius | None = None


class Before(NamedTuple):
    """What releases of Istio before the row's first one do with the field."""

    verdict: Verdict
    text: Text


class Alias(NamedTuple):
    """Patterns: the children of ``at`` are judged as those of ``source``."""

    at: Text
    source: Text


class FieldRow(NamedTuple):
    """What a proxyless workload does with one field of an Istio (or Kubernetes) kind, or with one value of it."""

    id: Annotated[str, r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9_/-]+)+"]
    """Permanent name that starts with the kind, e.g. ``VirtualService.http.mirror``."""
    path: Text
    """Pattern: ``[]`` each item of a list, ``*`` each value of a mapping, ``["a.b"]`` a key that is no plain name."""
    verdict: Verdict
    """For clients in general; what a given client makes of it is asked with ``Matrix.verdict``."""
    istiod: IstiodHandling
    where: Where
    istio: Span
    """Releases of Istio from which the row holds."""
    resource: XdsResourceType
    severity: Severity | None
    """None where there is nothing to tell."""
    consequence: Sentences
    blast_radius: Radius
    checked: Checked
    evidence: tuple[Text, ...]
    value: str = ""
    """The condition in words, empty where the row holds for every value."""
    when: Any = None
    """The same as data for ``condition``; None beside a ``value``: it takes a rule of its own to decide."""
    at_best: Verdict | None = None
    """For a client that has all linked features; None: as ``verdict``."""
    api: bool = False
    """Whether the field exists only since the first release of ``istio``."""
    before: Before | None = None
    sent: str = ""
    """What istiod sends, in xDS terms; empty for nothing."""
    remedy: Annotated[str, r"(.*[.!?])?"] = ""
    grpc: str = ""
    """The libraries in one line, for people; the data is in ``features`` and ``clients``."""
    features: tuple[Link, ...] = ()
    see: tuple[FeatureName, ...] = ()
    """Features that explain a row but do not decide it."""
    clients: tuple[Effect, ...] = ()
    security: bool = False
    same_as: Alias | None = None
    rules: tuple[RuleCode, ...] = ()
    """Rules that tell users of it (generic ones read the row); empty where ``no_rule`` says why none does."""
    no_rule: str = ""
    unverified: bool = False
    """Inferred, not seen end to end."""
    note: str = ""

    def __repr__(self) -> str:
        return f"<{self.id}>"

    @property
    def kind(self) -> str:
        """The kind that has the field; ``DialTarget`` and ``MeshConfig`` are none of Kubernetes."""
        return self.id.partition(".")[0]

    @property
    def decidable(self) -> bool:
        """False where the condition needs more than the object, so that a rule of its own must decide."""
        return self.when is not None or not self.value


class Switch(NamedTuple):
    """An environment variable of a library."""

    variable: Annotated[str, r"GRPC_[A-Z0-9_]+"]
    languages: frozenset[Language]
    versions: Span
    default: bool | None
    """False: the feature needs it set to true. True: it can be switched off. None: changes a detail only."""
    text: str = ""


class LibraryEffect(NamedTuple):
    """Whether some libraries support a feature, or a part of it."""

    verdict: Verdict
    text: Text
    languages: frozenset[Language] = frozenset()
    """Empty: all."""
    versions: Span = EVER

    def holds(self, language: Language, version: Version | None) -> bool:
        """Whether it is about this library; a version that is not known is taken to be in every range."""
        return (not self.languages or language in self.languages) and (version is None or version in self.versions)


class FeatureRow(NamedTuple):
    """One xDS feature of the gRPC libraries."""

    id: FeatureName
    xds: tuple[Text, ...]
    side: Literal["client", "server", "both"]
    support: Mapping[Language, tuple[Span, ...]]
    """Releases that have it switched on by default; a language that is missing is not known. The YAML writes ``never``
    for none, and one range without a list."""
    evidence: tuple[Text, ...]
    proposal: str = ""
    """The gRFC, empty where there is none."""
    switches: tuple[Switch, ...] = ()
    otherwise: tuple[LibraryEffect, ...] = ()
    """What a library without it does; the first that fits."""
    parts: tuple[LibraryEffect, ...] = ()
    """Parts that fare worse, or otherwise, than the feature as a whole."""
    limits: tuple[Text, ...] = ()
    measured: tuple[Text, ...] = ()
    """Libraries that were run, ``go=1.83.1``."""
    unverified: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.id}>"


class LanguageRow(NamedTuple):
    """A gRPC implementation as a whole."""

    language: Language
    xds: Version | None
    """First release that can talk to istiod (xDS v3); None: none can."""
    server: bool
    """Whether it has an xDS server."""
    checked: Version | None
    """Newest release that the rows were checked against; later ones are assumed to be like it."""
    evidence: tuple[Text, ...]
    usual: bool = True
    """Whether a workload that does not tell its language may be written in it; False for what is only tried out."""


class Behavior(NamedTuple):
    """What some releases of Istio or of a framework do that is no field of a kind and no xDS feature."""

    id: Annotated[str, r"(istio|dubbo)(\.[a-z0-9_]+)+"]
    releases: Span
    text: Sentences
    evidence: tuple[Text, ...]

    def holds(self, version: Version | None) -> Truth:
        """Whether a release behaves so."""
        return Truth.UNKNOWN if version is None else Truth.of(version in self.releases)
