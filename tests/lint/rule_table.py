"""What ``proxyless.lint.rules.index`` must hold, read from the rules themselves. Run after adding or changing a rule."""

from importlib import import_module
from pathlib import Path

from proxyless.lint import rules

FOLDER = Path(rules.__file__).parent
INDEX = FOLDER / "index.py"
HEAD = '''"""Which rules there are, in order of code, and which objects each may be about: a run imports only what it may need.

Written by ``python tests/lint/rule_table.py`` from the rules; a test compares.
"""

# fmt: off

INDEX: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    # module, kinds, keys of which an object must have one, values of frameworks of which one must be known
'''


def text() -> str:
    """The module's whole text."""
    lines = []
    for stem in sorted(path.stem for path in FOLDER.glob("px*.py")):
        rule = import_module(f"proxyless.lint.rules.{stem}").RULE
        needs = () if rule.finds is not None else rule.needs
        entry = (stem, rule.kinds, needs, tuple(item.value for item in rule.frameworks))
        lines.append(f"    {entry!r},\n".replace("'", '"'))
    return f"{HEAD}{''.join(lines)})\n"


if __name__ == "__main__":
    INDEX.write_text(text())
