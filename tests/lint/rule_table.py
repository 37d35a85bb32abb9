"""What ``proxyless.lint.rules.index`` must hold, read from the rules themselves. Called by ``make generate`` and by test_index.py."""

from importlib import import_module
from pathlib import Path

from proxyless.lint import rules

FOLDER = Path(rules.__file__).parent
INDEX = FOLDER / "index.py"
HEAD = '''"""Which rules there are, in order of code, and which objects each may be about: a run imports only what it may need.

Written by ``make generate`` from the rules; a test compares.
"""

# fmt: off

INDEX: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str], ...] = (
    # module, kinds, keys of which an object must have one, values of frameworks of which one must be known, gate
'''


def text() -> str:
    """The module's whole text."""
    lines = []
    for stem in sorted(path.stem for path in FOLDER.glob("px*.py")):
        rule = import_module(f"proxyless.lint.rules.{stem}").RULE
        needs, gate = rule.needs, "" if rule.gate is None else f"{rule.gate.__module__}.{rule.gate.__qualname__}"
        if callable(needs):  # rows of the table tell them: such a rule is read at once
            needs, gate = (), ""
        entry = (stem, rule.kinds, needs, tuple(item.value for item in rule.frameworks), gate)
        lines.append(f"    {entry!r},\n".replace("'", '"'))
    return f"{HEAD}{''.join(lines)})\n"
