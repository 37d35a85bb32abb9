"""The compiled table: rows, features, languages and frameworks by name. ``query`` asks more than names of it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from proxyless.errors import MatrixError
from proxyless.matrix.frameworks import covering
from proxyless.matrix.read import reader
from proxyless.matrix.rows import Behavior, FeatureRow, FieldRow, LanguageRow
from proxyless.matrix.support import Support, support
from proxyless.model.client import Language
from proxyless.model.version import Version

if TYPE_CHECKING:
    from proxyless.matrix.library_rows import Advisory, Defaults, FrameworkRow, Implementation, Need, Window

_field, _feature = reader(FieldRow), reader(FeatureRow)


class Table:
    """All rows. Immutable; each is made on first use and kept."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._rows: dict[str, tuple[FieldRow, ...]] = {}
        self._features: dict[str, FeatureRow] = {}
        self._languages: dict[Language, LanguageRow] = {}
        self._groups: dict[str, FrameworkRow | None] = {}
        self._supports: dict[tuple[object, ...], Support] = {}

    @cached_property
    def istio(self) -> "Defaults":
        """Releases of Istio that questions and injection fall back on."""
        from proxyless.matrix.library_rows import Defaults  # noqa: PLC0415  see there

        return reader(Defaults)(self._data["istio"])

    @cached_property
    def first_istio(self) -> Version:
        """Oldest Istio that questions without a version are answered for."""
        return Version.parse(self._data["istio"]["first"])

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that have rows; ``DialTarget`` and ``MeshConfig`` are no Kubernetes kinds."""
        return tuple(self._data["fields"])

    def rows(self, kind: str | None = None) -> tuple[FieldRow, ...]:
        """All rows of a kind, of all kinds without one; empty for a kind that has none."""
        if kind is None:
            return tuple(row for name in self.kinds for row in self.rows(name))
        if kind not in self._rows:
            self._rows[kind] = tuple(map(_field, self._data["fields"].get(kind, ())))
        return self._rows[kind]

    def row(self, name: str) -> FieldRow:
        """A row by its permanent id.

        Raises:
            MatrixError: no row has it.
        """
        for item in self.rows(name.partition(".")[0]):
            if item.id == name:
                return item
        raise MatrixError(f"no row has the id {name!r}")

    def features(self) -> Iterator[FeatureRow]:
        """All gRPC features."""
        return map(self.feature, self._data["features"])

    def feature(self, name: str) -> FeatureRow:
        """A gRPC feature by its id.

        Raises:
            MatrixError: no feature has it.
        """
        if name not in self._features:
            try:
                self._features[name] = _feature(self._data["features"][name])
            except KeyError:
                raise MatrixError(f"no feature has the id {name!r}") from None
        return self._features[name]

    def language(self, language: Language) -> LanguageRow:
        """What is known of a gRPC implementation as a whole."""
        if language not in self._languages:
            self._languages = {item.language: item for item in map(reader(LanguageRow), self._data["languages"])}
        return self._languages[language]

    def support(
        self,
        feature: str,
        language: Language,
        version: Version | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Support:
        """Whether a library has a feature: yes, no, not known. See :class:`Support`.

        Raises:
            MatrixError: no feature has this id.
        """
        key = (feature, language, version, frozenset(environment.items()) if environment else ())
        if key not in self._supports:
            self._supports[key] = support(self.feature(feature), self.language(language), version, environment)
        return self._supports[key]

    @cached_property
    def advisories(self) -> "tuple[Advisory, ...]":
        """Known defects of library releases."""
        from proxyless.matrix.library_rows import Advisory  # noqa: PLC0415  see there

        return tuple(map(reader(Advisory), self._data["advisories"]))

    @cached_property
    def implementations(self) -> "tuple[Implementation, ...]":
        """Libraries that speak xDS and have no column of their own."""
        from proxyless.matrix.library_rows import Implementation  # noqa: PLC0415  see there

        return tuple(map(reader(Implementation), self._data["implementations"]))

    @cached_property
    def _behaviors(self) -> Mapping[str, Behavior]:
        return {item.id: item for item in map(reader(Behavior), self._data["behaviors"])}

    def behavior(self, name: str) -> Behavior:
        """What some releases of Istio or of a framework do, by its id.

        Raises:
            MatrixError: no row has it.
        """
        if name not in self._behaviors:
            raise MatrixError(f"no behavior has the id {name!r}")
        return self._behaviors[name]

    @cached_property
    def windows(self) -> "tuple[Window, ...]":
        """Releases of Dubbo and Kitex that can join a mesh."""
        from proxyless.matrix.library_rows import Window  # noqa: PLC0415  see there

        return tuple(map(reader(Window), self._data["windows"]))

    @cached_property
    def frameworks(self) -> "tuple[FrameworkRow, ...]":
        """What Dubbo and Kitex do with groups of fields."""
        from proxyless.matrix.library_rows import FrameworkRow  # noqa: PLC0415  see there

        return tuple(map(reader(FrameworkRow), self._data["frameworks"]))

    @cached_property
    def needs(self) -> "tuple[Need, ...]":
        """What each framework needs to work at all."""
        from proxyless.matrix.library_rows import Need  # noqa: PLC0415  see there

        return tuple(map(reader(Need), self._data["needs"]))

    def framework(self, row: FieldRow) -> "FrameworkRow | None":
        """The group that a row belongs to, None where nothing is known of it."""
        if row.id not in self._groups:
            self._groups[row.id] = covering(self.frameworks, row.id)
        return self._groups[row.id]
