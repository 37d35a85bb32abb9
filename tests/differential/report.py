"""What a run found, added up by kind of question: printed, and kept as the proof."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from differential.compare import Compared

FILE = Path(__file__).with_name("proof.json")
_PINNED = Path(__file__).parents[1] / "lab" / "modules" / "cluster" / "go.mod"
_SHOWN = 20


def pinned_istio() -> str:
    """Version of Istio's module that the lab builds istiod from."""
    found = re.search(r"^\s*(?:require\s+)?istio\.io/istio\s+(\S+)", _PINNED.read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"{_PINNED} names no istio.io/istio")
    return found.group(1)


@dataclass(slots=True)
class Report:
    """Sums over the meshes of a run."""

    meshes: int = 0
    questions: Counter[str] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    seeds: list[int] = field(default_factory=list)
    """Of the meshes with a difference."""

    def add(self, seed: int, compared: Compared) -> None:
        """One more mesh."""
        self.meshes += 1
        self.questions += compared.questions
        self.unknown += compared.unknown
        self.differences += Counter(item.question.kind for item in compared.differences)
        if compared.differences:
            self.seeds.append(seed)

    def text(self) -> str:
        """A table by kind of question."""
        lines = [f"{'question':24} {'asked':>9} {'differ':>7} {'not known':>10}"]
        lines += [
            f"{kind:24} {self.questions[kind]:9,} {self.differences[kind]:7,} {self.unknown[kind]:10,}"
            for kind in sorted(self.questions | self.differences)
        ]
        total = (
            f"{self.meshes:,} meshes, {self.questions.total():,} questions, {self.differences.total():,} differences"
        )
        more = f"; seeds that differ: {', '.join(map(str, self.seeds[:_SHOWN]))}" if self.seeds else ""
        return "\n".join([*lines, total + f", {self.unknown.total():,} not known" + more])

    def plain(self, first: int, last: int) -> dict[str, Any]:
        """For the proof."""
        return {
            "istio": pinned_istio(),
            "seeds": [first, last],
            "meshes": self.meshes,
            "questions": dict(sorted(self.questions.items())),
            "differences": dict(sorted(self.differences.items())),
            "unknown": dict(sorted(self.unknown.items())),
        }


def keep(report: Report, first: int, last: int) -> None:
    """Write the proof; a smaller one does not take the place of a larger one of the same Istio."""
    plain = report.plain(first, last)
    if FILE.exists():
        before = json.loads(FILE.read_text())
        if before["istio"] == plain["istio"] and before["meshes"] > plain["meshes"]:
            return
    FILE.write_text(json.dumps(plain, indent=1) + "\n")
