"""`measured.yaml`: what was seen, when, and with which versions. Written by `run`, read by tests and by docs/features.md.

By case; a case stands for its rows, and each library has one line in it. What no case measures stands under `excused`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from lab.node.programs import Program, programs
from matrix_measured.case import ClientCase, IstiodCase, Seen, ServerCase
from matrix_measured.cases import CASES
from matrix_measured.excused import EXCUSED
from proxyless.matrix.verdict import Verdict

FILE = Path(__file__).parents[2] / "operator" / "proxyless" / "matrix" / "measured.yaml"
ISTIO = "1.31.0"
ANY = "any"
"""In place of a language where istiod alone decides."""
Wanted = Callable[[str, str], bool]
"""Whether a case is to be played with a library, told as ``go 1.85.0``."""
Save = Callable[[Sequence["Measurement"]], None]
"""Keeps what was seen."""
Key = tuple[str, str, str, str, str]
_HEAD = """\
# What real gRPC libraries, served by a real istiod, were seen to do with each field. Written by `make matrix`.
# Cases: tests/matrix_measured/cases. Verdicts: as in the table. A difference from the table fails the tests.
"""


@dataclass(frozen=True, order=True)
class Measurement:
    """One row with one library."""

    row: str
    language: str
    version: str
    case: str
    istio: str
    verdict: str
    saw: str
    date: str

    @classmethod
    def of(cls, row: str, case: str, library: Program | None, seen: Seen) -> "Measurement":
        """As of today; without a library: istiod alone."""
        language, version = (library.language, library.version) if library else (ANY, "")
        today = datetime.now(UTC).date().isoformat()
        return cls(row, language, version, case, ISTIO, seen.verdict.value, seen.text, today)

    @property
    def key(self) -> Key:
        """What a newer measurement replaces."""
        return (self.row, self.language, self.version, self.case, self.istio)

    @property
    def library(self) -> str:
        """``go 1.85.0``."""
        return f"{self.language} {self.version}".strip()

    @property
    def outcome(self) -> Verdict:
        """As a word of the table."""
        return Verdict(self.verdict)


def write(measured: Iterable[Measurement], file: Path = FILE) -> None:
    """One line per case and library, in the order of the cases' names."""
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    rows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in measured:
        found[item.case, item.istio][item.library] = [item.verdict, item.date, item.saw]
        rows[item.case, item.istio].add(item.row)
    lines = [_HEAD, "cases:"]
    for case, istio in sorted(found):
        lines += [f"- case: {case}", f"  istio: {istio}", f"  rows: {_flow(sorted(rows[case, istio]))}", "  seen:"]
        lines += [f"    {library}: {_flow(seen)}" for library, seen in sorted(found[case, istio].items())]
    lines += ["excused:", *(f"  {row}: {_flow(reason)}" for row, reason in sorted(EXCUSED.items()))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _flow(value: object) -> str:
    """A value on one line: JSON is YAML."""
    return json.dumps(value)


def merge(measured: Iterable[Measurement], file: Path = FILE) -> None:
    """Write measurements over older ones of the same row, library and case; those of cases that are gone go too."""
    rows = {case.name: case.rows for case in CASES}
    known = {item.key: item for item in (read(file) if file.exists() else []) if item.row in rows.get(item.case, ())}
    write({**known, **{item.key: item for item in measured}}.values(), file)


def read(file: Path = FILE) -> list[Measurement]:
    """What was measured last."""
    whole = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return sorted(item for entry in whole["cases"] for item in _entry(entry))


def _entry(entry: Mapping[str, Any]) -> Iterable[Measurement]:
    for library, (verdict, date, saw) in entry["seen"].items():
        language, _, version = library.partition(" ")
        for row in entry["rows"]:
            yield Measurement(row, language, version, entry["case"], str(entry["istio"]), verdict, saw, str(date))


def missing(measured: Iterable[Measurement]) -> list[str]:
    """Cases and libraries that have never been played, as ``case with library``."""
    known = {f"{item.case} with {item.library}" for item in measured}
    return [name for name in everything() if name not in known]


def everything() -> list[str]:
    """All cases with all libraries that they are meant for."""
    return [f"{case.name} with {library}" for case in CASES for library in libraries(case)]


def libraries(case: object) -> list[str]:
    """Libraries that a case is meant for, as ``go 1.85.0``; ``any`` where istiod alone decides."""
    if isinstance(case, IstiodCase):
        return [ANY]
    return [f"{item.language} {item.version}" for item in programs() if _is_for(case, item)]


def _is_for(case: object, library: Program) -> bool:
    if isinstance(case, ClientCase):
        return library.language in (case.languages or (library.language,)) and (library.mtls or not case.needs_tls)
    refuses_all = library.language == "node"  # knows no RBAC (measured)
    return library.serves and not (isinstance(case, ServerCase) and case.signed and refuses_all)


def coverage(measured: list[Measurement]) -> str:
    """What was measured and what was not, in one sentence."""
    left = len(missing(measured))
    text = f"{len({item.row for item in measured})} fields measured, {len(EXCUSED)} excused with a reason"
    return text + (f", {left} cases with a library not played yet" if left else "")
