"""``proxyless explain KIND.FIELD``: what istiod sends for a field, and what each gRPC library does with it.

Called by ``cli.explain``. A field may be written with or without ``[]``, as a concrete path, or by the id of its row.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from proxyless.cli.table import columns
from proxyless.errors import InputError, MatrixError
from proxyless.matrix.paths import ANY, EACH, segments
from proxyless.matrix.query import Matrix, load
from proxyless.matrix.rows import FieldRow
from proxyless.model.client import Client, Framework, Language

_DEEPEST = 4
"""How often an alias is followed: a subset's port entry takes two."""


def explain_field(word: str) -> str:
    """The text for one field.

    Raises:
        InputError: no row is about it; names what is near.
    """
    table = load()
    kind, _, rest = word.partition(".")
    known = next((item for item in table.kinds if item.lower() == kind.lower()), None)
    if known is None:
        near = get_close_matches(kind.lower(), [item.lower() for item in table.kinds], n=3)
        meant = [item for item in table.kinds if item.lower() in near] or table.kinds
        raise InputError(f"no fields of a kind {kind!r}; {'did you mean' if near else 'one of'} {', '.join(meant)}")
    rows = _rows(table, known, rest)
    below = [row for row in _below(table, known, rest) if row not in rows]
    if not rows and not below:
        raise InputError(_unknown(table, known, rest))
    parts = [_told(table, row) for row in rows]
    if below:
        lines = [(row.path, row.value, row.verdict.value, " ".join(row.rules)) for row in below]
        parts.append(f"{known} {rest}, below it\n{columns(('FIELD', 'VALUE', 'OUTCOME', 'RULES'), lines)}")
    return "\n\n".join(parts)


def _steps(path: str) -> tuple[str, ...]:
    """A path in keys alone: list indexes do not matter; empty where it cannot be read."""
    try:
        return tuple(step for step in segments(_without_numbers(path)) if step != EACH)
    except MatrixError:
        return ()


def _without_numbers(path: str) -> str:
    return "".join(
        "" if part.isdigit() and index else part for index, part in enumerate(path.replace("]", "[").split("["))
    )


def _same(pattern: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    return len(pattern) == len(steps) and all(
        one == ANY or one.lower() == two.lower() for one, two in zip(pattern, steps, strict=True)
    )


def _rows(table: Matrix, kind: str, rest: str) -> list[FieldRow]:
    by_id = [row for row in table.rows(kind) if row.id.lower() == f"{kind}.{rest}".lower()]
    if by_id:
        return by_id
    steps = _resolved(table, kind, _steps(rest))
    return [row for row in table.rows(kind) if _same(_steps(row.path), steps)]


def _resolved(table: Matrix, kind: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    """Steps with aliases followed: fields of a subset's policy are judged as those of the rule's."""
    for _ in range(_DEEPEST):
        for row in table.rows(kind):
            at, source = map(_steps, row.same_as or ("", ""))
            if at and len(steps) > len(at) and _same(at, steps[: len(at)]):
                steps = (*source, *steps[len(at) :])
                break
        else:
            break
    return steps


def _below(table: Matrix, kind: str, rest: str) -> list[FieldRow]:
    steps = _resolved(table, kind, _steps(rest))
    return [row for row in table.rows(kind) if steps and _same(_steps(row.path)[: len(steps)], steps)]


def _unknown(table: Matrix, kind: str, rest: str) -> str:
    names = list(dict.fromkeys(f"{kind}.{'.'.join(_steps(row.path))}" for row in table.rows(kind)))
    lower = {name.lower(): name for name in names}
    wanted = f"{kind}.{rest}".lower()
    last = wanted.rpartition(".")[2]
    near = [lower[item] for item in get_close_matches(wanted, lower, n=3, cutoff=0.7)]
    near += [name for name in names if name.lower().endswith(f".{last}")]
    meant = ", ".join(list(dict.fromkeys(near))[:3])
    hint = f"did you mean {meant}? " if meant else ""
    return f"nothing is known of {kind}.{rest}; {hint}proxyless matrix --kind {kind} lists all fields"


def _told(table: Matrix, row: FieldRow) -> str:
    severity = f", {row.severity.word}" if row.severity else ""
    title = f"{row.kind} {row.path}" + (f"  where {row.value}" if row.value else "")
    facts = [
        ("In general", f"{row.verdict.value}{severity}; concerns {row.blast_radius.value}"),
        ("What", row.consequence),
        ("istiod", row.istiod.value.replace("_", " ") + (f": {row.sent}" if row.sent else "")),
        ("Istio", f"known from {row.istio.first}" if row.istio.first else ""),
        ("Before", f"{row.before.verdict.value}: {row.before.text}" if row.before else ""),
        ("Remedy", row.remedy),
        ("Note", row.note),
        ("Rules", ", ".join(row.rules) or f"none. {row.no_rule}"),
        ("Known by", row.checked.value + (", not seen end to end" if row.unverified else "")),
    ]
    lines = [title, *(f"  {name:12}{text}" for name, text in facts if text), ""]
    table_text = columns(("LIBRARY", "OUTCOME", "WHERE", "WHY"), list(_libraries(table, row)))
    lines += [f"  {line}" for line in table_text.splitlines()]
    special = [f"    {effect.verdict.value}: {effect.text}" for effect in row.clients if effect.when is not None]
    lines += ["", "  Some values", *special] if special else []
    lines += ["", "  Evidence", *(f"    {text}" for text in row.evidence)]
    return "\n".join(lines)


def _libraries(table: Matrix, row: FieldRow) -> Iterator[Sequence[str]]:
    """Outcomes by library; those that fare alike under one name."""
    asked = [(language.title, Client(language=language)) for language in Language if table.language(language).xds]
    asked += [(item.value.capitalize(), Client(item)) for item in Framework if item is not Framework.GRPC]
    for name, client in asked:
        for answer in table.judge(row, client=client):
            needs = f" Unless {' and '.join(answer.needs)} is set to true." if answer.needs else ""
            yield name, answer.verdict.value, answer.applies or "everywhere", f"{answer.reason}{needs}".strip()
