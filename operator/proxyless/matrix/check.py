"""Checks rows of the feature table for what type annotations cannot say: conditions across keys and across rows. Called by ``build`` alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxyless.errors import MatrixError
from proxyless.matrix import condition
from proxyless.matrix.library_rows import FrameworkRow
from proxyless.matrix.rows import EVER, FeatureRow, FieldRow


def field(row: FieldRow) -> None:
    """Refuses a field row that contradicts itself.

    Raises:
        MatrixError: names the keys.
    """
    if bool(row.rules) == bool(row.no_rule):
        raise MatrixError("name the rules that tell of it (rules), or say why none does (no_rule)")
    if row.value == "" and row.when is not None:
        raise MatrixError("a condition (when) needs its words in value")
    for effect in row.clients:
        if effect.versions != EVER and not effect.languages:
            raise MatrixError("clients: versions of which language?")
    for when in (row.when, *(effect.when for effect in row.clients)):
        if when is not None:
            condition.check(when)


def together(
    fields: Mapping[str, Sequence[FieldRow]], features: Sequence[FeatureRow], frameworks: Sequence[FrameworkRow]
) -> None:
    """Checks rows against each other: unique ids, links that exist, groups that cover a row.

    Raises:
        MatrixError: names the file and the row.
    """
    rows = [row for kind_rows in fields.values() for row in kind_rows]
    names = [*(row.id for row in rows), *(row.id for row in features), *(row.id for row in frameworks)]
    unique(names)
    known = {feature.id for feature in features}
    for kind, kind_rows in fields.items():
        for row in kind_rows:
            if row.kind != kind:
                raise MatrixError(f"{kind}.yaml row {row.id}: the id starts with the kind")
            if missing := [link for link in (*(link.feature for link in row.features), *row.see) if link not in known]:
                raise MatrixError(f"{kind}.yaml row {row.id}: no such feature: {', '.join(missing)}")
    _cover({row.id for row in rows}, frameworks)


def _cover(names: Iterable[str], frameworks: Sequence[FrameworkRow]) -> None:
    for row in frameworks:
        for cover in row.covers:
            prefix = cover.removesuffix("*")
            if not any(name.startswith(prefix) if cover != prefix else name == cover for name in names):
                raise MatrixError(f"frameworks.yaml row {row.id} covers nothing: {cover}")


def unique(names: Sequence[str]) -> None:
    """Refuses two rows with one id.

    Raises:
        MatrixError: names the ids.
    """
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise MatrixError(f"two rows share an id: {', '.join(doubles)}")


def evidence(row: Any) -> None:
    """Refuses a row without evidence.

    Raises:
        MatrixError: it has none.
    """
    if not row.evidence:
        raise MatrixError("evidence: every row says how it is known")
