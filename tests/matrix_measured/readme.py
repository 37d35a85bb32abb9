"""The README's feature table, made from `measured.yaml`: one line per field, one column per library.

Called by `run`; `test_readme` holds that the README is what this makes of the measurements.
"""

from collections import defaultdict
from pathlib import Path

from matrix_measured import record
from matrix_measured.record import ANY, Measurement
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- matrix:begin -->", "<!-- matrix:end -->"
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
    signs = "✓ takes effect; ignored: no effect; NACK: the library refuses the whole resource; breaks: calls fail or a rule does the opposite; two of them: it depends on the value."
    return f"{BEGIN}\n{text}\n\n{signs}\n\n{table(measured)}\n{END}"


def current(text: str, measured: list[Measurement]) -> str:
    """The README with the block in its place, at the end where it has none."""
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n## Feature table\n{block(measured)}\n"
    before, _, rest = text.partition(BEGIN)
    return before + block(measured) + rest.partition(END)[2]


def write() -> None:
    """Bring the README up to date."""
    README.write_text(current(README.read_text(encoding="utf-8"), record.read()), encoding="utf-8")


if __name__ == "__main__":
    write()
