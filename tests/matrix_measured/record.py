"""`measured.yaml`: what was seen, when, and with which versions. Written by `run`, read by tests and the README."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from lab.node.programs import Program
from matrix_measured.case import Seen
from proxyless.matrix.verdict import Verdict

FILE = Path(__file__).parents[2] / "operator" / "proxyless" / "matrix" / "measured.yaml"
ISTIO = "1.31.0"
ANY = "any"
"""In place of a language where istiod alone decides."""
_HEAD = """\
# What real gRPC libraries, served by a real istiod, were seen to do with each field. Written by `make matrix`.
# case: tests/matrix_measured/cases. verdict: as in the table. A difference from the table fails the tests.
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
    def key(self) -> tuple[str, str, str, str, str]:
        """What a newer measurement replaces."""
        return (self.row, self.language, self.version, self.case, self.istio)

    @property
    def outcome(self) -> Verdict:
        """As a word of the table."""
        return Verdict(self.verdict)


def write(measured: Iterable[Measurement], file: Path = FILE) -> None:
    """Sorted, one entry per row, library and case."""
    items = [asdict(item) for item in sorted(measured)]
    file.write_text(_HEAD + yaml.safe_dump(items, sort_keys=False, width=1000, allow_unicode=True), encoding="utf-8")


def merge(measured: Iterable[Measurement], file: Path = FILE) -> None:
    """Write measurements over older ones of the same row, library and case; the others stay."""
    known = {item.key: item for item in (read(file) if file.exists() else [])}
    write({**known, **{item.key: item for item in measured}}.values(), file)


def read(file: Path = FILE) -> list[Measurement]:
    """What was measured last."""
    return [Measurement(**item) for item in yaml.safe_load(file.read_text(encoding="utf-8"))]
