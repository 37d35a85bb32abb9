"""What a row of the YAML may hold. Used by ``build`` and tests only: the running product never imports pydantic for it.

A row without evidence, with an unknown key, an unreadable version or an unknown test is refused.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from proxyless.errors import InputError
from proxyless.matrix.verdict import Carrier, Checked, Handling, Radius, Verdict, Where
from proxyless.model.version import Span, Version

LanguageName = Literal["core", "cpp", "python", "ruby", "php", "go", "java", "node", "rust", "dotnet"]
"""``core`` stands for the four that wrap C-core."""
Text = Annotated[str, Field(min_length=1)]


def _version(text: str) -> str:
    try:
        Version.parse(text)
    except InputError as error:
        raise ValueError(str(error)) from error
    return text


def _span(text: str) -> str:
    try:
        Span.parse(text)
    except InputError as error:
        raise ValueError(str(error)) from error
    return text


def _spans(value: object) -> object:
    """``never`` is no release at all, one text one range."""
    return [] if value == "never" else [value] if isinstance(value, str) else value


VersionText = Annotated[str, AfterValidator(_version)]
SpanText = Annotated[str, AfterValidator(_span)]
Spans = Annotated[tuple[SpanText, ...], BeforeValidator(_spans)]
Pattern = Annotated[str, AfterValidator(lambda text: re.compile(text).pattern)]
Duration = Annotated[str, Field(pattern=r"^\d+(\.\d+)?(h|m|s|ms)$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9_/-]+)+$")]
RuleCode = Annotated[str, Field(pattern=r"^PX\d{3}$")]
FeatureName = Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z0-9_]+)+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Frozen):
    """Conditions on one value; all must hold. See ``condition`` for how each is decided."""

    equals: Any = None
    in_: tuple[Any, ...] | None = Field(None, alias="in")
    not_in: tuple[Any, ...] | None = None
    regex: Pattern | None = None
    not_regex: Pattern | None = None
    key: Pattern | None = None
    contains: Any = None
    lacks: Any = None
    absent: Literal[True] | None = None
    empty: bool | None = None
    over: float | None = None
    duration_up_to: Duration | None = None
    where: dict[str, "When"] | None = None
    beside: dict[str, "When"] | None = None
    object: dict[str, "When"] | None = None

    @model_validator(mode="after")
    def _something(self) -> "Condition":
        if not self.model_fields_set:
            raise ValueError("a condition without a test always holds; leave it out")
        return self


When = Condition | tuple[Condition, ...]
"""Several: at least one must hold."""


class Releases(_Frozen):
    """Releases of Istio from which a row holds."""

    since: VersionText
    until: VersionText | None = None
    api: bool = False
    """The field itself exists only since then."""


class Before(_Frozen):
    """What earlier releases of Istio make of the field."""

    verdict: Verdict
    text: Text


class Link(_Frozen):
    """A gRPC feature that decides a row, in some releases of Istio."""

    id: FeatureName
    istio: SpanText = ".."


class Effect(_Frozen):
    """What a row means for some clients in place of its general verdict; the first that fits is used."""

    languages: tuple[LanguageName, ...] = ()
    versions: SpanText = ".."
    istio: SpanText = ".."
    when: When | None = None
    verdict: Verdict
    radius: Radius | None = None
    text: Text

    @model_validator(mode="after")
    def _versions_need_a_language(self) -> "Effect":
        if self.versions != ".." and not self.languages:
            raise ValueError("versions of which language?")
        return self


class Alias(_Frozen):
    """Children of ``at`` are judged as those of ``as``."""

    at: Text
    as_: Text = Field(alias="as")


class IstioRow(_Frozen):
    """One field of an Istio (or Kubernetes) kind, or one of its values."""

    id: Identifier
    path: Text
    value: Text | None = None
    """The condition in words; a row without one holds for every value."""
    when: When | None = None
    """The condition for machines; None beside a ``value`` means that it takes a rule of its own to decide."""
    verdict: Verdict
    at_best: Verdict | None = None
    """For a client that has all linked features; None: as ``verdict``."""
    istiod: Handling
    where: Where
    istio: Releases
    before: Before | None = None
    sent: Text | None = None
    resource: Carrier
    severity: Literal["none", "info", "warning", "error"]
    consequence: Text
    remedy: Text | None = None
    grpc: Text | None = None
    """The libraries in one line, for people."""
    features: tuple[FeatureName | Link, ...] = ()
    see: tuple[FeatureName, ...] = ()
    """Features that explain a row but do not decide it."""
    clients: tuple[Effect, ...] = ()
    blast_radius: Radius
    security: bool = False
    same_as: Alias | None = None
    rules: tuple[RuleCode, ...] = ()
    """Rules that tell users of it; generic ones read the row for those that it names."""
    no_rule: Text | None = None
    """Why no rule does."""
    checked: Checked
    unverified: bool = False
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]
    note: Text | None = None

    @model_validator(mode="after")
    def _told_or_excused(self) -> "IstioRow":
        if bool(self.rules) == bool(self.no_rule):
            raise ValueError("name the rules that tell of it (rules), or say why none does (no_rule)")
        return self

    @model_validator(mode="after")
    def _says_what_to_do(self) -> "IstioRow":
        if self.severity in ("warning", "error") and self.verdict is Verdict.SUPPORTED and not self.consequence:
            raise ValueError("a warning needs its consequence")
        for name, text in (("consequence", self.consequence), ("remedy", self.remedy)):
            if text is not None and text[-1] not in ".!?":
                raise ValueError(f"{name} ends with a full stop")
        if self.value is None and self.when is not None:
            raise ValueError("a condition needs its words in value")
        return self


class Switch(_Frozen):
    """An environment variable of the library."""

    variable: Annotated[str, Field(pattern=r"^GRPC_[A-Z0-9_]+$")]
    languages: Annotated[tuple[LanguageName, ...], Field(min_length=1)]
    versions: SpanText
    default: bool | None
    """False: the feature needs it set to true. True: it can be switched off. None: changes a detail only."""
    text: Text | None = None


class Otherwise(_Frozen):
    """What a library without the feature does; the first that fits is used."""

    languages: tuple[LanguageName, ...] = ()
    versions: SpanText = ".."
    verdict: Verdict
    text: Text


class Part(_Frozen):
    """A part of a feature that fares worse, or otherwise, than the feature as a whole."""

    languages: tuple[LanguageName, ...] = ()
    versions: SpanText = ".."
    verdict: Verdict
    text: Text


class GrpcRow(_Frozen):
    """One xDS feature and the libraries that honor it."""

    id: FeatureName
    xds: Annotated[tuple[Text, ...], Field(min_length=1)]
    side: Literal["client", "server", "both"]
    proposal: Text | None = None
    """The gRFC."""
    support: dict[LanguageName, Spans]
    """Releases that have the feature switched on by default; a language that is not named is not known."""
    switches: tuple[Switch, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()
    parts: tuple[Part, ...] = ()
    limits: tuple[Text, ...] = ()
    measured: tuple[Text, ...] = ()
    """Libraries that were run, ``go=1.83.1``."""
    unverified: tuple[Text, ...] = ()
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]


class LanguageRow(_Frozen):
    """A gRPC implementation as a whole."""

    xds: VersionText | None
    """First release that can talk to istiod (xDS v3); None: none can."""
    server: bool
    """Whether it has an xDS server."""
    checked: VersionText | None
    """Newest release that the rows were checked against; later ones are assumed to be like it."""
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]


class Column(_Frozen):
    """What one framework makes of a group of fields."""

    verdict: Verdict
    text: Text
    versions: SpanText = ".."
    istio: SpanText = ".."


class FrameworkRow(_Frozen):
    """A group of fields and what frameworks that read Envoy's resources by themselves make of it."""

    id: Annotated[str, Field(pattern=r"^framework(\.[a-z0-9_]+)+$")]
    title: Text
    covers: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Identifiers of rows; one that ends in ``.*`` stands for all that start so."""
    dubbo: tuple[Column, ...]
    kitex: tuple[Column, ...]
    grpc: Text
    """The same for gRPC in one line, for people."""
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]


class Need(_Frozen):
    """Something that a framework needs to work at all."""

    subject: Text
    grpc: Text
    dubbo_java: Text
    dubbo_go: Text
    kitex: Text
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]


class Window(_Frozen):
    """Releases of a framework that can join an Istio mesh without a sidecar."""

    framework: Literal["dubbo", "kitex"]
    language: LanguageName
    versions: SpanText
    text: Text
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]
