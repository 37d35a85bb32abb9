"""Checks the YAML against the row types and compiles it: ``python -m proxyless.matrix.build``.

The result is committed, so that loading needs no YAML parser; a test holds that it equals the source. The only module of
the pure part that imports yaml.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from proxyless.errors import MatrixError
from proxyless.matrix import check
from proxyless.matrix.compiled import text
from proxyless.matrix.library_rows import Advisory, Defaults, FrameworkRow, Implementation, Need, Window
from proxyless.matrix.read import reader
from proxyless.matrix.rows import Behavior, FeatureRow, FieldRow, LanguageRow

DATA = Path(__file__).with_name("data")
COMPILED = Path(__file__).with_name("compiled.json")
CORE = ("cpp", "python", "ruby", "php")
Row = TypeVar("Row")


def compiled(data: Path = DATA) -> dict[str, Any]:
    """The whole table as plain values: what :data:`COMPILED` must hold.

    Raises:
        MatrixError: a row is refused by its type or by the rest of the table; names file and row.
    """
    languages, frameworks = _read(data / "languages.yaml"), _read(data / "frameworks.yaml")
    fields = {path.stem: _normal(_read(path)) for path in sorted((data / "istio").glob("*.yaml"))}
    features = _normal(row for path in sorted((data / "grpc").glob("*.yaml")) for row in _read(path))
    rows = {kind: _rows(FieldRow, items, f"{kind}.yaml", check.field) for kind, items in fields.items()}
    table: dict[str, Any] = {
        "fields": fields,
        "features": {row["id"]: row for row in features},
        "istio": languages["istio"],
        "languages": languages["languages"],
        "frameworks": frameworks["rows"],
        "needs": frameworks["needs"],
        "windows": frameworks["windows"],
        "behaviors": _read(data / "behaviors.yaml"),
        "advisories": _normal(_read(data / "advisories.yaml")),
        "implementations": _read(data / "implementations.yaml"),
    }
    _rows(Defaults, [table["istio"]], "languages.yaml")
    _rows(LanguageRow, table["languages"], "languages.yaml")
    _rows(Need, table["needs"], "frameworks.yaml")
    _rows(Window, table["windows"], "frameworks.yaml")
    check.unique([row.id for row in _rows(Implementation, table["implementations"], "implementations.yaml")])
    check.unique([row.id for row in _rows(Behavior, table["behaviors"], "behaviors.yaml")])
    check.unique([row.id for row in _rows(Advisory, table["advisories"], "advisories.yaml")])
    check.together(
        rows, _rows(FeatureRow, features, "grpc"), _rows(FrameworkRow, frameworks["rows"], "frameworks.yaml")
    )
    return table


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MatrixError(f"{path.name}: {error}") from error


def _rows(kind: type[Row], items: Iterable[Any], file: str, refuse: Callable[[Row], None] | None = None) -> list[Row]:
    """The rows as the product will have them; what a type or ``refuse`` does not allow raises."""
    read = reader(kind, strict=True)
    rows = []
    for item in items:
        try:
            row = read(item)
            check.evidence(row)
            if refuse is not None:
                refuse(row)
        except MatrixError as error:
            name = next((item[key] for key in ("id", "subject", "language") if key in item), item)
            raise MatrixError(f"{file} row {name}: {error}") from error
        rows.append(row)
    return rows


def _normal(rows: Iterable[Any]) -> list[Any]:
    """Rows with the short forms of the YAML written out: ``core``, ``never``, a range alone, a feature's name alone."""
    found = list(rows)
    for row in found:
        if "features" in row:
            row["features"] = [{"feature": link} if isinstance(link, str) else link for link in row["features"]]
        if "support" in row:
            spans = {
                name: [] if given == "never" else [given] if isinstance(given, str) else given
                for name, given in row["support"].items()
            }
            row["support"] = dict.fromkeys(CORE, spans.pop("core")) | spans if "core" in spans else spans
        for item in (
            row,
            *(part for key in ("switches", "otherwise", "parts", "clients") for part in row.get(key, ())),
        ):
            if "languages" in item:
                item["languages"] = [
                    name for given in item["languages"] for name in (CORE if given == "core" else (given,))
                ]
    return found


def main() -> int:
    """Writes the compiled table; exit code 1 if the data is invalid."""
    try:
        COMPILED.write_text(text(compiled()), encoding="utf-8")
    except MatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
