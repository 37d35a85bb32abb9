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
_MARK = "istio.txt"


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
    asked: set[int] = field(default_factory=set)
    """Seeds of all meshes."""

    def add(self, seed: int, compared: Compared) -> None:
        """One more mesh."""
        self.meshes += 1
        self.asked.add(seed)
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

    def plain(self) -> dict[str, Any]:
        """For the proof."""
        return {
            "istio": pinned_istio(),
            "seeds": [min(self.asked), max(self.asked)],
            "meshes": self.meshes,
            "questions": dict(sorted(self.questions.items())),
            "differences": dict(sorted(self.differences.items())),
            "unknown": dict(sorted(self.unknown.items())),
        }


def keep(report: Report) -> None:
    """Write the proof, where the seeds are without gaps; a smaller one never takes the place of a larger one of the same Istio."""
    plain = report.plain()
    if plain["seeds"][1] - plain["seeds"][0] + 1 != report.meshes:
        return
    if FILE.exists():
        before = json.loads(FILE.read_text())
        if before["istio"] == plain["istio"] and before["meshes"] > plain["meshes"]:
            return
    FILE.write_text(json.dumps(plain, indent=1) + "\n")


def mark(folder: Path) -> None:
    """Write into a folder of answers which istiod gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text(pinned_istio())


def is_of_pinned(folder: Path) -> bool:
    """Whether the answers in a folder are of the pinned istiod."""
    mark = folder / _MARK
    return mark.exists() and mark.read_text() == pinned_istio()
