"""What one release of one gRPC library, served by one release of Istio, does with the field of a row. Called by ``judge``."""

from collections.abc import Mapping

from proxyless.matrix.rows import Effect, FieldRow
from proxyless.matrix.support import Support
from proxyless.matrix.table import Table
from proxyless.matrix.verdict import Radius, Verdict, Where, XdsResourceType, worst
from proxyless.model.client import Language
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth
from proxyless.model.version import Version


class OutcomeQuery(NamedTuple):
    """One question: exact but for a language that plays no part."""

    istio: Version
    language: Language | None
    version: Version | None
    environment: Mapping[str, str]


class ReleaseOutcome(NamedTuple):
    """An answer; those with an equal ``key`` are put together."""

    verdict: Verdict
    reason: str = ""
    radius: Radius | None = None
    """None: as ``reach`` says."""
    features: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    assumed: bool = False

    @property
    def key(self) -> object:
        """Equal for outcomes that a reader cannot tell apart."""
        return (self.verdict, self.reason, self.radius, self.needs)


def grpc_outcome(table: Table, row: FieldRow, effects: tuple[Effect, ...], ask: OutcomeQuery) -> ReleaseOutcome:
    """The answer of a gRPC library."""
    if ask.istio not in row.istio:
        return _earlier(row)
    unfit = _unfit(table, row, ask)
    if unfit is not None:
        return unfit
    base = ReleaseOutcome(row.at_best or row.verdict if row.features else row.verdict)
    for effect in effects:
        if _fits(effect, ask):
            base = ReleaseOutcome(effect.verdict, effect.text, effect.radius)
            break
    if ask.language is None:
        return base
    lacking = [found for found in _supports(table, row, ask) if found.truth is not Truth.YES]
    return _with_lacks(table, base, lacking)


def _earlier(row: FieldRow) -> ReleaseOutcome:
    """Before the first release that a row is about."""
    if row.before is not None:
        return ReleaseOutcome(row.before.verdict, row.before.text)
    if row.api:
        return ReleaseOutcome(Verdict.IGNORED, f"The field does not exist before Istio {row.istio.first}.")
    return ReleaseOutcome(Verdict.UNKNOWN, f"Not looked up for Istio before {row.istio.first}.")


def _unfit(table: Table, row: FieldRow, ask: OutcomeQuery) -> ReleaseOutcome | None:
    """A library that cannot read the configuration at all, whatever the field says."""
    if ask.language is None or row.where is Where.ISTIOD:
        return None
    known = table.language(ask.language)
    title = ask.language.title
    if known.xds is None:
        return ReleaseOutcome(
            Verdict.BREAKS, f"There is no xDS in gRPC for {title}.", Radius.CLIENT, ("app.enable_client",)
        )
    if row.where is Where.SERVER and not known.server:
        plain = any(link.feature == "server.tls" for link in row.features)
        verdict = Verdict.PLAINTEXT if plain else Verdict.IGNORED
        return ReleaseOutcome(verdict, f"There is no xDS server in gRPC for {title}.", None, ("app.enable_server",))
    if ask.version is not None and ask.version < known.xds:
        return ReleaseOutcome(
            Verdict.BREAKS, f"gRPC for {title} speaks xDS v3 only from {known.xds}.", Radius.CLIENT, ("proto.v3",)
        )
    return None


def _fits(effect: Effect, ask: OutcomeQuery) -> bool:
    if ask.istio not in effect.istio:
        return False
    if not effect.languages:
        return True
    return ask.language in effect.languages and (ask.version is None or ask.version in effect.versions)


def _supports(table: Table, row: FieldRow, ask: OutcomeQuery) -> list[Support]:
    if ask.language is None:
        return []
    return [
        table.support(link.feature, ask.language, ask.version, ask.environment)
        for link in row.features
        if ask.istio in link.istio
    ]


def _with_lacks(table: Table, base: ReleaseOutcome, lacking: list[Support]) -> ReleaseOutcome:
    """The worst of what the row says and of what each lacking feature means."""
    verdicts = [Verdict.UNKNOWN if item.truth is Truth.UNKNOWN else item.otherwise for item in lacking]
    verdict = worst([base.verdict, *verdicts])
    deciding = [item for item, own in zip(lacking, verdicts, strict=True) if own is verdict]
    if not deciding:
        return base
    keeps = base.verdict is verdict
    reasons = [base.reason] if keeps and base.reason else [item.text for item in deciding]
    return ReleaseOutcome(
        verdict,
        " ".join(dict.fromkeys(reasons)),
        base.radius if keeps else None,
        tuple(item.feature for item in deciding),
        tuple(dict.fromkeys(name for item in deciding for name in item.needs)),
        tuple(f"{item.feature}: {text}" for item in deciding for text in table.feature(item.feature).evidence),
        any(item.assumed for item in deciding),
    )


def reach(table: Table, row: FieldRow, verdict: Verdict, istio: Version) -> Radius:
    """How far a verdict reaches: a rejected resource takes along all that it carries."""
    if verdict is Verdict.SUPPORTED:
        return Radius.NONE
    if verdict is Verdict.REJECTED:
        match row.resource:
            case XdsResourceType.ROUTE:
                return Radius.HOST if istio in table.behavior("istio.routes_per_host").releases else Radius.PORT
            case XdsResourceType.SERVER:
                return Radius.SERVER
            case XdsResourceType.NONE | XdsResourceType.LISTENER | XdsResourceType.CLUSTER | XdsResourceType.ENDPOINTS:
                return Radius.HOST
    if row.blast_radius is not Radius.NONE:
        return row.blast_radius
    return {XdsResourceType.ROUTE: Radius.ROUTE, XdsResourceType.SERVER: Radius.SERVER}.get(row.resource, Radius.HOST)
