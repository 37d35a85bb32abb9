"""Rows of the table as the running product holds them: frozen, typed, made from the compiled form when first asked for.

``schema`` says what the keys mean and refuses bad rows; here everything is already valid. Each row exists once, so it is
compared by identity; the generated comparisons would only cost time at start.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from proxyless.matrix.verdict import Carrier, Checked, Handling, Radius, Verdict, Where
from proxyless.model.finding import Severity
from proxyless.model.version import Language, Span, Version


@cache
def span(text: str) -> Span:
    """A range of releases; the same few are used by many rows."""
    return Span.parse(text)


@cache
def _languages(names: tuple[str, ...]) -> frozenset[Language]:
    return frozenset(map(Language, names))


EVER = span("..")


class Link(NamedTuple):
    """A feature that decides a row in some releases of Istio."""

    feature: str
    istio: Span


class Effect(NamedTuple):
    """What a row means for some clients instead of its general verdict."""

    languages: frozenset[Language]
    """Empty: all."""
    versions: Span
    istio: Span
    when: Any
    """Condition as data; None: always."""
    verdict: Verdict
    radius: Radius | None
    text: str


class Before(NamedTuple):
    """What releases of Istio before the row's first one make of the field."""

    verdict: Verdict
    text: str


class FieldRow(NamedTuple):
    """What a proxyless workload makes of one field, or of one value of it."""

    id: str
    """Permanent name, e.g. ``VirtualService.http.mirror``."""
    kind: str
    path: str
    """Pattern: ``[]`` each item of a list, ``*`` each value of a mapping, ``["a.b"]`` a key that is no plain name."""
    value: str
    """Condition in words, empty where the row holds for every value."""
    when: Any
    """The same as data for ``condition``; None: always, or not decidable by the table."""
    verdict: Verdict
    """For clients in general; what a given client makes of it is asked with ``Matrix.verdict``."""
    at_best: Verdict
    """For a client that has all linked features."""
    istiod: Handling
    where: Where
    istio: Span
    """Releases of Istio from which the row holds."""
    api: bool
    """Whether the field exists only since then."""
    before: Before | None
    sent: str
    """What istiod sends, in xDS terms; empty for nothing."""
    resource: Carrier
    severity: Severity | None
    """None where there is nothing to tell."""
    consequence: str
    remedy: str
    grpc: str
    """The libraries in one line, for people; the data is in ``features`` and ``clients``."""
    features: tuple[Link, ...]
    see: tuple[str, ...]
    clients: tuple[Effect, ...]
    blast_radius: Radius
    security: bool
    same_as: tuple[str, str] | None
    """Patterns (at, as): children of ``at`` are judged as those of ``as``."""
    rules: tuple[str, ...]
    """Codes of the rules that tell of it; empty where ``no_rule`` says why none does."""
    no_rule: str
    checked: Checked
    unverified: bool
    """Inferred, not seen end to end."""
    evidence: tuple[str, ...]
    note: str

    def __repr__(self) -> str:
        return f"<{self.id}>"

    @property
    def decidable(self) -> bool:
        """False where the condition needs more than the object, so that a rule of its own must decide."""
        return self.when is not None or not self.value


class Switch(NamedTuple):
    """An environment variable of a library."""

    variable: str
    languages: frozenset[Language]
    versions: Span
    default: bool | None
    """False: must be set to true. True: can be switched off. None: changes a detail only."""
    text: str


class Share(NamedTuple):
    """What some libraries make of a feature or of a part of it."""

    languages: frozenset[Language]
    """Empty: all."""
    versions: Span
    verdict: Verdict
    text: str

    def holds(self, language: Language, version: Version | None) -> bool:
        """Whether it is about this library; a version that is not known is taken to be in every range."""
        return (not self.languages or language in self.languages) and (version is None or version in self.versions)


class FeatureRow(NamedTuple):
    """One xDS feature of the gRPC libraries."""

    id: str
    xds: tuple[str, ...]
    side: str
    """``client``, ``server`` or ``both``."""
    proposal: str
    """The gRFC, empty where there is none."""
    support: Mapping[Language, tuple[Span, ...]]
    """Releases that have it switched on by default; a language that is missing is not known."""
    switches: tuple[Switch, ...]
    otherwise: tuple[Share, ...]
    """What a library without it does; the first that fits."""
    parts: tuple[Share, ...]
    limits: tuple[str, ...]
    measured: tuple[str, ...]
    unverified: tuple[str, ...]
    evidence: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<{self.id}>"


class LanguageRow(NamedTuple):
    """A gRPC implementation as a whole."""

    language: Language
    xds: Version | None
    """First release that can talk to istiod; None: none can."""
    server: bool
    checked: Version | None
    """Newest release that the rows were checked against."""
    evidence: tuple[str, ...]


def field_row(kind: str, data: Mapping[str, Any]) -> FieldRow:
    """A row of the compiled form."""
    verdict = Verdict(data["verdict"])
    before = data.get("before")
    alias = data.get("same_as")
    releases = data["istio"]
    severity = data["severity"]
    return FieldRow(
        id=data["id"],
        kind=kind,
        path=data["path"],
        value=data.get("value", ""),
        when=data.get("when"),
        verdict=verdict,
        at_best=Verdict(data.get("at_best", verdict)),
        istiod=Handling(data["istiod"]),
        where=Where(data["where"]),
        istio=span(f"{releases['since']}..{releases.get('until', '')}"),
        api=releases.get("api", False),
        before=None if before is None else Before(Verdict(before["verdict"]), before["text"]),
        sent=data.get("sent", ""),
        resource=Carrier(data["resource"]),
        severity=None if severity == "none" else Severity[severity.upper()],
        consequence=data["consequence"],
        remedy=data.get("remedy", ""),
        grpc=data.get("grpc", ""),
        features=tuple(map(_link, data.get("features", ()))),
        see=tuple(data.get("see", ())),
        clients=tuple(map(_effect, data.get("clients", ()))),
        blast_radius=Radius(data["blast_radius"]),
        security=data.get("security", False),
        same_as=None if alias is None else (alias["at"], alias["as"]),
        rules=tuple(data.get("rules", ())),
        no_rule=data.get("no_rule", ""),
        checked=Checked(data["checked"]),
        unverified=data.get("unverified", False),
        evidence=tuple(data["evidence"]),
        note=data.get("note", ""),
    )


def _link(data: Any) -> Link:
    return Link(data, EVER) if isinstance(data, str) else Link(data["id"], span(data.get("istio", "..")))


def _effect(data: Mapping[str, Any]) -> Effect:
    radius = data.get("radius")
    return Effect(
        _languages(tuple(data.get("languages", ()))),
        span(data.get("versions", "..")),
        span(data.get("istio", "..")),
        data.get("when"),
        Verdict(data["verdict"]),
        None if radius is None else Radius(radius),
        data["text"],
    )


def feature_row(data: Mapping[str, Any]) -> FeatureRow:
    """A feature of the compiled form."""
    return FeatureRow(
        id=data["id"],
        xds=tuple(data["xds"]),
        side=data["side"],
        proposal=data.get("proposal", ""),
        support={Language(name): tuple(map(span, spans)) for name, spans in data["support"].items()},
        switches=tuple(
            Switch(
                item["variable"],
                _languages(tuple(item["languages"])),
                span(item["versions"]),
                item["default"],
                item.get("text", ""),
            )
            for item in data.get("switches", ())
        ),
        otherwise=tuple(map(_share, data.get("otherwise", ()))),
        parts=tuple(map(_share, data.get("parts", ()))),
        limits=tuple(data.get("limits", ())),
        measured=tuple(data.get("measured", ())),
        unverified=tuple(data.get("unverified", ())),
        evidence=tuple(data["evidence"]),
    )


def _share(data: Mapping[str, Any]) -> Share:
    return Share(
        _languages(tuple(data.get("languages", ()))),
        span(data.get("versions", "..")),
        Verdict(data["verdict"]),
        data["text"],
    )


def language_row(name: str, data: Mapping[str, Any]) -> LanguageRow:
    """A language of the compiled form."""
    return LanguageRow(
        Language(name),
        None if data["xds"] is None else Version.parse(data["xds"]),
        data["server"],
        None if data["checked"] is None else Version.parse(data["checked"]),
        tuple(data["evidence"]),
    )
