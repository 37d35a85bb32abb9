"""The answer of the table for one field: a verdict, for whom, why, how far it reaches and how it is known."""

from proxyless.matrix.interval import Interval
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Radius, Verdict
from proxyless.model.client import Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.record import NamedTuple


class LibraryReleases(NamedTuple):
    """Some releases of one library."""

    framework: Framework
    language: Language | None
    versions: Interval

    @property
    def name(self) -> str:
        """For people: ``Go``, ``Dubbo Java``."""
        language = "" if self.language is None else self.language.title
        return (
            language if self.framework is Framework.GRPC else f"{self.framework.value.capitalize()} {language}".strip()
        )


class Applicability(NamedTuple):
    """For which Istio and which clients an answer holds."""

    istio: Interval
    libraries: tuple[LibraryReleases, ...]
    """Empty: all that were asked for."""

    @property
    def words(self) -> str:
        """For people: ``Istio from 1.29 with Go below 1.73 or any Python``; empty where it holds for all asked for."""
        istio = f"Istio {self.istio.words}" if self.istio.words else ""
        return " with ".join(part for part in (istio, _named(self.libraries)) if part)


def _named(libraries: tuple[LibraryReleases, ...]) -> str:
    """Libraries with the same releases together, those with any release last."""
    groups: dict[str, list[str]] = {}
    for library in libraries:
        groups.setdefault(library.versions.words, []).append(library.name)
    every = groups.pop("", [])
    parts = [f"{_listed(names)} {words}" for words, names in groups.items()]
    if every:
        parts.append(f"any {_listed(every)}" if parts else _listed(every))
    return _listed(parts)


def _listed(words: list[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


class Judgment(NamedTuple):
    """What becomes of a field, for some of the clients and releases that were asked for, or for all of them."""

    row: FieldRow
    verdict: Verdict
    severity: Severity | None
    """None: nothing to tell."""
    reason: str
    """What decides it for these clients; empty where the row's consequence says it all."""
    radius: Radius
    """The widest of the releases that it holds for."""
    scopes: tuple[Applicability, ...]
    """Empty: holds for everything that was asked for."""
    features: tuple[str, ...] = ()
    """Features whose lack decides it."""
    needs: tuple[str, ...] = ()
    """Environment variables of the library that, set to ``true``, would change it."""
    evidence: tuple[str, ...] = ()
    newest: bool = True
    """Whether it holds with the newest releases that were asked for; False: only with older ones."""
    assumed: bool = False
    """A release newer than any checked was asked for; it is taken to be like the newest checked."""

    @property
    def applies(self) -> str:
        """The scopes in words, ``Go below 1.56``; empty where it holds for everything that was asked for."""
        return "; ".join(scope.words for scope in self.scopes if scope.words)

    @property
    def text(self) -> str:
        """Consequence and reason as whole sentences."""
        return " ".join(part for part in (self.row.consequence, self.reason) if part)
