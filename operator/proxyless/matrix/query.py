"""The questions that the rest of the product asks of the table. Loads it once, makes rows when they are first asked for.

Called by rules, ``mesh`` and the command line. Imports neither a YAML parser nor pydantic.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from proxyless.errors import MatrixError
from proxyless.matrix.rows import FeatureRow, FieldRow, LanguageRow, feature_row, field_row, language_row
from proxyless.matrix.support import Support, support
from proxyless.model.version import Language, Version

_COMPILED = Path(__file__).with_name("compiled.json")


class Matrix:
    """The whole table. Immutable; rows are made on first use and kept."""

    __slots__ = ("_data", "_features", "_kinds", "_languages", "_rows")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._rows: dict[str, tuple[FieldRow, ...]] = {}
        self._features: dict[str, FeatureRow] = {}
        self._languages: dict[Language, LanguageRow] = {}
        self._kinds = tuple(data["fields"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that have rows; ``DialTarget`` and ``MeshConfig`` are no Kubernetes kinds."""
        return self._kinds

    def rows(self, kind: str | None = None) -> tuple[FieldRow, ...]:
        """All rows of a kind, of all kinds without one; empty for a kind that has none."""
        if kind is None:
            return tuple(row for name in self._kinds for row in self.rows(name))
        if kind not in self._rows:
            self._rows[kind] = tuple(field_row(kind, item) for item in self._data["fields"].get(kind, ()))
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
            if name not in self._data["features"]:
                raise MatrixError(f"no feature has the id {name!r}")
            self._features[name] = feature_row(self._data["features"][name])
        return self._features[name]

    def language(self, language: Language) -> LanguageRow:
        """What is known of a gRPC implementation as a whole."""
        if language not in self._languages:
            self._languages[language] = language_row(language.value, self._data["languages"][language.value])
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
        return support(self.feature(feature), self.language(language), version, environment)


@cache
def load() -> Matrix:
    """The table that comes with this release, read once per process.

    Raises:
        MatrixError: it is missing or damaged, so the installation is.
    """
    try:
        return Matrix(json.loads(_COMPILED.read_bytes()))
    except (OSError, ValueError) as error:
        raise MatrixError(f"the feature table cannot be read, install proxyless anew: {error}") from error
