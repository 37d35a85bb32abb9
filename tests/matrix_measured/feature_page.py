"""The feature table in `docs/features.md`, made from `measured.yaml`: one line per field, one column per library.

Called by `run` and by `make generate`; `make check` holds that the page is what this makes of the measurements.
"""

from collections import defaultdict
from pathlib import Path

from generate.block import replaced
from matrix_measured import record
from matrix_measured.record import ANY, Measurement
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "features.md"
_SIGNS = {
    Verdict.SUPPORTED: "✓", Verdict.ALTERED: "altered", Verdict.IGNORED: "ignored", Verdict.PLAINTEXT: "plaintext",
    Verdict.BREAKS: "breaks", Verdict.REJECTED: "NACK", Verdict.UNKNOWN: "?",
}  # fmt: skip


def table(measured: list[Measurement]) -> str:
    """Markdown: fields that all libraries treat alike as lists, the others as a table."""
    libraries = sorted({(item.language, item.version) for item in measured if item.language != ANY}, key=_order)
    seen: dict[str, dict[tuple[str, str], list[Verdict]]] = defaultdict(lambda: defaultdict(list))
    for item in measured:
        for library in libraries if item.language == ANY else [(item.language, item.version)]:
            seen[item.row][library].append(item.outcome)
    alike: dict[str, list[str]] = defaultdict(list)
    lines = []
    for row in sorted(seen, key=lambda name: (name.partition(".")[0], name)):
        cells = [_cell(seen[row][library]) for library in libraries]
        signs = {cell for cell in cells if cell != "-"}
        if len(signs) == 1:
            alike[signs.pop()].append(row)
        else:
            lines.append(f"| {_name(row)} | {' | '.join(cells)} |")
    heads = [f"| field | {' | '.join(' '.join(library) for library in libraries)} |", f"|---|{'---|' * len(libraries)}"]
    lists = [f"**{sign}** with every library:\n\n{_kinds(rows)}" for sign, rows in sorted(alike.items())]
    return "\n".join([*heads, *lines]) + "\n\n" + "\n\n".join(lists)


def _cell(seen: list[Verdict]) -> str:
    """What the cases of a field came to, best first; a dash: none was measured."""
    return " or ".join(sign for verdict, sign in _SIGNS.items() if verdict in seen) or "-"


def _kinds(rows: list[str]) -> str:
    """Rows as one line per kind; fields beside each other share what stands before them."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        kind, _, rest = row.partition(".")
        parent, _, name = rest.rpartition(".")
        found[kind][parent].append(name)
    return "\n".join(
        f"- {kind}: {', '.join(f'`{_joined(parent, names)}`' for parent, names in sorted(groups.items()))}"
        for kind, groups in found.items()
    )


def _joined(parent: str, names: list[str]) -> str:
    """``parent.name``, ``parent.{one,other}``."""
    last = names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"
    return f"{parent}.{last}" if parent else last


def _order(library: tuple[str, str]) -> tuple[str, list[int]]:
    return library[0], [-int(part) for part in library[1].split(".")]


def _name(row: str) -> str:
    found = load().row(row)
    value = f" = {found.value}" if found.value and len(found.value) < 60 else ""
    return f"{found.kind} `{found.path.removeprefix('spec.')}`{value}".replace("|", "\\|")


def block(measured: list[Measurement]) -> str:
    """What stands between the markers."""
    istio = sorted({item.istio for item in measured})
    days = sorted(item.date for item in measured)
    rows = len({item.row for item in measured})
    text = (
        f"Measured by `make matrix`: {len(measured)} measurements of {rows} fields, Istio {', '.join(istio)}, real libraries, real calls"
        f" ({days[-1]}). {record.coverage(measured)}. What was seen in each: `operator/proxyless/matrix/measured.yaml`."
    )
    return f"{text}\n\n{table(measured)}"


def text(measured: list[Measurement] | None = None) -> str:
    """The whole page with the table up to date."""
    page = PAGE.read_text(encoding="utf-8")
    return replaced(page, "matrix", block(record.read() if measured is None else measured))


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(text(), encoding="utf-8")
