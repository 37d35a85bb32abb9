"""Reads rule cases: YAML whose offending lines say ``# expect: CODE [CODE...]``. Used by test_rules.py only.

A line may say more of its finding in words behind the codes: ``# expect: PX301 (error deny)``, ``(warning if)``: its
severity, ``deny`` where admission may reject, ``if`` where it holds under a condition only. All of them must be said then.
A text in double quotes at the end, ``# expect: PX508 "at once"``, must be in its message, condition or remedy.
A case may set the world on its first lines: ``# world: istio=1.31 client=python=1.85.1 declared=shop assume``.
Only findings of the case's own rule are compared, so that a case shows one thing; other rules may fire.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from proxyless.adapters.manifests import read_text
from proxyless.adapters.policies import exemptions_from, settings_from
from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rule import Rule
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.client import parse_client
from proxyless.model.finding import Report
from proxyless.model.snapshot import Snapshot
from proxyless.model.version import Version
from proxyless.yamltext.lines import with_lines

RULES = Path(__file__).parents[2] / "operator" / "proxyless" / "lint" / "rules"
CASES = Path(__file__).parent / "rules"

_EXPECT = re.compile(r'#\s*expect:\s*((?:PX\d{3}\s*)+)(?:\(([^)]*)\))?(?:\s*"([^"]*)")?')
_WORLD = re.compile(r"^#\s*world:(.*)$", re.MULTILINE)
_BLOCK = re.compile(r"^## (Flagged|Clean)\b.*?^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    """One YAML text and what a rule must say about it."""

    stem: str
    name: str
    text: str

    @property
    def code(self) -> str:
        """The rule's code, from the stem."""
        return self.stem[:5].upper()

    def expected(self) -> list[tuple[str, int]]:
        """(code, line) pairs of this rule, as written on the lines."""
        return sorted(
            (code, number)
            for number, line in enumerate(self.text.splitlines(), 1)
            if (found := _EXPECT.search(line))
            for code in found.group(1).split()
            if code == self.code
        )

    def words(self) -> dict[int, set[str]]:
        """Lines that say more of this rule's finding: its severity, ``deny``, ``if``."""
        return {
            number: set(found.group(2).split())
            for number, line in enumerate(self.text.splitlines(), 1)
            if (found := _EXPECT.search(line)) and found.group(2) and self.code in found.group(1).split()
        }

    def quoted(self) -> dict[int, str]:
        """Lines that quote from this rule's finding."""
        return {
            number: found.group(3)
            for number, line in enumerate(self.text.splitlines(), 1)
            if (found := _EXPECT.search(line)) and found.group(3) and self.code in found.group(1).split()
        }

    def settings(self) -> MeshSettings:
        """The world that the case asks for."""
        words = " ".join(_WORLD.findall(self.text)).split()
        values = [word.partition("=") for word in words]
        return MeshSettings(
            istio=next((Version.parse(value) for key, _, value in values if key == "istio"), None),
            clients=tuple(parse_client(value) for key, _, value in values if key == "client"),
            declared=frozenset(value for key, _, value in values if key == "declared"),
            hold_default=any(key == "hold" for key, _, _ in values),
            injector=any(key == "injector" for key, _, _ in values),
            assume_proxyless=any(key == "assume" for key, _, _ in values),
        )

    def complete(self) -> list[str]:
        """Kinds that the case says are known as a whole, ``complete=Service,Pod``."""
        words = " ".join(_WORLD.findall(self.text)).split()
        return [kind for word in words if word.startswith("complete=") for kind in word.partition("=")[2].split(",")]

    def world(self) -> World:
        """The case's objects and settings."""
        read = read_text(self.text, self.name)
        assert not read.problems, read.problems
        snapshot = Snapshot(read.resources, complete=self.complete())
        return World(snapshot, settings_from(snapshot, self.settings()))

    def report(self, rules: tuple[Rule, ...]) -> Report:
        """What the rules say, with lines."""
        world = self.world()
        snapshot = world.snapshot
        found = run(rules, world, snapshot, Selection(exemptions=exemptions_from(snapshot)))
        return Report(tuple(with_lines(found.findings, {self.name: self.text})), found.notices, found.suppressed)


def file_cases(stem: str) -> list[Case]:
    """The case files of a rule."""
    return [Case(stem, path.name, path.read_text()) for path in sorted((CASES / stem).glob("*.yaml"))]


def page_cases(stem: str) -> list[Case]:
    """The examples of a rule's page; none where the page is missing, which a test of its own names."""
    page = RULES / f"{stem}.md"
    if not page.exists():
        return []
    return [Case(stem, f"{stem}.md {kind}", text) for kind, text in _BLOCK.findall(page.read_text())]
