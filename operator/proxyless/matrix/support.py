"""Whether a library has a feature: yes, no or not known, and what the environment must say for it."""

from collections.abc import Mapping

from proxyless.matrix.rows import FeatureRow, LanguageRow
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Language
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth
from proxyless.model.version import Span, Version


class Support(NamedTuple):
    """What is known of one feature in one library."""

    feature: str
    language: Language
    version: Version | None
    truth: Truth
    """UNKNOWN: the version is not known and it matters, or nothing is known of the language."""
    spans: tuple[Span, ...]
    """Releases that have it switched on by default; empty: none, or not known."""
    needs: tuple[str, ...] = ()
    """Environment variables that must be ``true`` for it, and are not; empty where they would not help."""
    otherwise: Verdict = Verdict.UNKNOWN
    """What a library without it does to the field."""
    text: str = ""
    """The same in words."""
    measured: bool = False
    """Some release of this very library was run with it."""
    assumed: bool = False
    """The version is newer than any that was checked: it is taken to be like the newest checked."""

    @property
    def since(self) -> Version | None:
        """First release that has it switched on by default; None where there is none."""
        return self.spans[0].first if self.spans else None


def on(variable: str, environment: Mapping[str, str]) -> bool | None:
    """How a library reads a switch: true, false, or None where it is not set."""
    text = environment.get(variable)
    return None if text is None or not text.strip() else text.strip().lower() in ("true", "1", "yes", "on", "t", "y")


def support(
    row: FeatureRow,
    known: LanguageRow,
    version: Version | None = None,
    environment: Mapping[str, str] | None = None,
) -> Support:
    """Whether a library has a feature.

    Args:
        row: the feature.
        known: the language as a whole.
        version: of the library; None: not known.
        environment: variables of the application; those that are missing are taken to be unset.
    """
    language = known.language
    spans = row.support.get(language)
    share = next((item for item in row.otherwise if item.holds(language, version)), None)
    fallback = (Verdict.UNKNOWN, "") if share is None else (share.verdict, share.text)
    if spans is None:
        return Support(row.id, language, version, Truth.UNKNOWN, (), (), Verdict.UNKNOWN, "Not looked up.")
    assumed = version is not None and known.checked is not None and version > known.checked
    truth, needs = _switched(row, language, spans, version, environment or {})
    measured = any(item.partition("=")[0] == language.value for item in row.measured)
    return Support(row.id, language, version, truth, spans, needs, *fallback, measured=measured, assumed=assumed)


def _switched(
    row: FeatureRow,
    language: Language,
    spans: tuple[Span, ...],
    version: Version | None,
    environment: Mapping[str, str],
) -> tuple[Truth, tuple[str, ...]]:
    """Truth and the switches that would change a no: releases first, then what the environment turns on or off."""
    truth = _within(spans, version)
    needs: list[str] = []
    for switch in row.switches:
        if switch.default is None or language not in switch.languages:
            continue
        state = on(switch.variable, environment)
        inside = _within((switch.versions,), version)
        if switch.default and state is False:
            truth = {Truth.YES: Truth.NO, Truth.UNKNOWN: Truth.UNKNOWN, Truth.NO: truth}[inside]
        elif not switch.default and inside is not Truth.NO:
            if state:
                truth = inside if truth is Truth.NO else truth
            else:
                needs.append(switch.variable)
    return truth, () if truth is Truth.YES else tuple(dict.fromkeys(needs))


def _within(spans: tuple[Span, ...], version: Version | None) -> Truth:
    if not spans:
        return Truth.NO
    if version is None:
        return Truth.YES if any(span.first is None and span.last is None for span in spans) else Truth.UNKNOWN
    return Truth.of(any(version in span for span in spans))
