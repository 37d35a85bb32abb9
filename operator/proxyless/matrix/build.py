"""Checks the YAML against the schema and compiles it: ``python -m proxyless.matrix.build``.

The result is committed, so that loading needs neither a YAML parser nor pydantic; a test holds that it equals the
source. The only module of the pure part that imports yaml.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from proxyless.errors import MatrixError
from proxyless.matrix.schema import FrameworkRow, GrpcRow, IstioRow, LanguageRow, Need, Window

DATA = Path(__file__).with_name("data")
COMPILED = Path(__file__).with_name("compiled.json")
Row = TypeVar("Row", bound=BaseModel)
CORE = ("cpp", "python", "ruby", "php")


def compiled(data: Path = DATA) -> dict[str, Any]:
    """The whole table as plain values: what :data:`COMPILED` must hold.

    Raises:
        MatrixError: a row is refused by the schema or by the rest of the table; names file and row.
    """
    fields: dict[str, list[Any]] = {}
    for path in sorted((data / "istio").glob("*.yaml")):
        fields[path.stem] = [_plain(row) for row in _rows(path, IstioRow)]
    features = {
        row.id: _expanded(_plain(row))
        for path in sorted((data / "grpc").glob("*.yaml"))
        for row in _rows(path, GrpcRow)
    }
    languages = _read(data / "languages.yaml")
    frameworks = _read(data / "frameworks.yaml")
    table = {
        "fields": {kind: [_expanded(row) for row in rows] for kind, rows in fields.items()},
        "features": features,
        "istio": languages["istio"],
        "languages": {name: _plain(_valid(LanguageRow, row, name)) for name, row in languages["languages"].items()},
        "frameworks": [_plain(_valid(FrameworkRow, row, row.get("id"))) for row in frameworks["rows"]],
        "needs": [_plain(_valid(Need, row, row.get("subject"))) for row in frameworks["needs"]],
        "windows": [_plain(_valid(Window, row, row.get("framework"))) for row in frameworks["windows"]],
    }
    _hold_together(table)
    return table


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MatrixError(f"{path.name}: {error}") from error


def _rows(path: Path, model: type[Row]) -> list[Row]:
    rows = _read(path)
    return [_valid(model, row, row.get("id"), path.name) for row in rows]


def _valid(model: type[Row], row: object, name: object, file: str = "") -> Row:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise MatrixError(f"{file} row {name}: {problems}") from error


def _plain(row: BaseModel) -> dict[str, Any]:
    """A row as JSON values, defaults left out."""
    return row.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _expanded(row: dict[str, Any]) -> dict[str, Any]:
    """A row with ``core`` replaced by the languages it stands for."""
    if "core" in row.get("support", ()):
        support = {name: spans for name, spans in row["support"].items() if name != "core"}
        row["support"] = dict.fromkeys(CORE, row["support"]["core"]) | support
    for key in ("switches", "otherwise", "parts", "clients"):
        for item in row.get(key, ()):
            if "languages" in item:
                item["languages"] = [
                    name for given in item["languages"] for name in (CORE if given == "core" else (given,))
                ]
    return row


def _hold_together(table: dict[str, Any]) -> None:
    """What no row can see alone: unique identifiers, links that exist, frameworks that cover something."""
    rows = [row for kind_rows in table["fields"].values() for row in kind_rows]
    names = [row["id"] for row in rows] + list(table["features"]) + [row["id"] for row in table["frameworks"]]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise MatrixError(f"two rows share an id: {', '.join(doubles)}")
    for kind, kind_rows in table["fields"].items():
        for row in kind_rows:
            if not row["id"].startswith(f"{kind}."):
                raise MatrixError(f"{kind}.yaml row {row['id']}: the id starts with the kind")
            links = [link if isinstance(link, str) else link["id"] for link in row.get("features", ())]
            missing = [link for link in [*links, *row.get("see", ())] if link not in table["features"]]
            if missing:
                raise MatrixError(f"{kind}.yaml row {row['id']}: no such feature: {', '.join(missing)}")
    identifiers = {row["id"] for row in rows}
    for row in table["frameworks"]:
        for cover in row["covers"]:
            prefix = cover.removesuffix("*")
            if cover not in identifiers and not (
                cover != prefix and any(name.startswith(prefix) for name in identifiers)
            ):
                raise MatrixError(f"frameworks.yaml row {row['id']} covers nothing: {cover}")


def text(table: dict[str, Any]) -> str:
    """The compiled form, one row per line so that changes can be reviewed."""
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), sort_keys=False).replace('{"id":', '\n{"id":')


def main() -> int:
    """Writes the compiled form; 1 where the data is refused."""
    try:
        COMPILED.write_text(text(compiled()) + "\n", encoding="utf-8")
    except MatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
