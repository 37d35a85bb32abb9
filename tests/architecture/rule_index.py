"""Writes the rule index of the README anew, between its markers. Run after adding a rule."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "operator"))
BEGIN, END = "<!-- rules:begin -->", "<!-- rules:end -->"

if __name__ == "__main__":
    from proxyless.lint.rules import ALL

    rows = [f"| {rule.code} | {rule.slug} | {rule.severity.word} | {rule.summary} |" for rule in ALL]
    table = "\n".join(["| code | slug | severity | what |", "|---|---|---|---|", *rows])
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
