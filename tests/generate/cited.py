"""What cites numbered texts of the docs: failure modes and design decisions, in code and in the rules' pages.

``docs/failure-modes.md`` names under each failure mode the rules that tell of it; :func:`page` writes those lines.
"""

import re
from collections import defaultdict
from pathlib import Path

OPERATOR = Path(__file__).parents[2] / "operator" / "proxyless"
MODES = re.compile(r"failure modes? ([A-J]\d+(?:(?:, | and | to )[A-J]\d+)*)")
DECISIONS = re.compile(r"design decisions? (\d+(?:(?:, | and )\d+)*)")
ENTRY = re.compile(r"^### ([A-J]\d+)\b.*$", re.MULTILINE)


def modes(text: str) -> list[str]:
    """Failure modes that a text cites: ``failure modes I4 to I6`` are three."""
    found = []
    for cited in MODES.findall(text):
        for first, joined, second in re.findall(r"([A-J]\d+)(?:( to )([A-J]\d+))?", cited):
            last = int(second[1:]) if joined else int(first[1:])
            found += [f"{first[0]}{number}" for number in range(int(first[1:]), last + 1)]
    return found


def decisions(text: str) -> list[str]:
    """Design decisions that a text cites."""
    return [number for cited in DECISIONS.findall(text) for number in re.findall(r"\d+", cited)]


def sources() -> list[Path]:
    """Files of the product that may cite."""
    return sorted(path for path in OPERATOR.rglob("*") if path.suffix in (".py", ".md", ".yaml"))


def rules_by_mode() -> dict[str, list[str]]:
    """Codes of the rules whose module or page cites a failure mode."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sources():
        if re.match(r"px\d{3}_", path.name):
            for mode in modes(path.read_text(encoding="utf-8")):
                found[mode].add(path.stem)
    return {mode: sorted(stems) for mode, stems in found.items()}


def page(before: str) -> str:
    """The page of failure modes, each with its rules below its heading."""
    rules = rules_by_mode()

    def entry(found: re.Match[str]) -> str:
        stems = rules.get(found.group(1), [])
        links = ", ".join(f"[{stem[:5].upper()}](../operator/proxyless/lint/rules/{stem}.md)" for stem in stems)
        return found.group(0) + (f"\nRules: {links}" if links else "")

    bare = re.sub(r"(?m)^(### [A-J]\d+\b.*)\nRules: .*$", r"\1", before)
    return ENTRY.sub(entry, bare)
