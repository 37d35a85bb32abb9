"""Shows and writes the fixes of one run of ``proxyless lint --fix`` or ``--diff``. Called by ``lint``; ``fixing`` found them.

Files are written first and told of then. What was standard input goes to standard output, commands for objects of a cluster too,
all else to standard error.
"""

import difflib
import re
import sys
from argparse import Namespace
from collections.abc import Iterator

from proxyless.adapters.folders import STDIN
from proxyless.adapters.reading import Reading
from proxyless.adapters.rewriting import rewrite
from proxyless.cli import exits
from proxyless.cli.fixing import Fixed
from proxyless.errors import InputError
from proxyless.model.finding import Finding
from proxyless.model.path import show
from proxyless.report import text
from proxyless.report.kubectl_patch import patch_command
from proxyless.report.wording import clean


def tell(given: Namespace, before: Reading, outcome: Fixed) -> int | None:
    """Write the files, or show the difference, and say what was done.

    Args:
        given: the arguments.
        before: as it was read.
        outcome: what the fixes make of it.

    Returns:
        the exit code where the run ends here, as it does for ``--diff`` and where a file could not be written.
    """
    changed = {name: after for name, after in outcome.reading.texts.items() if after != before.texts[name]}
    if given.diff:
        for name, after in changed.items():
            sys.stdout.writelines(difference(name, before.texts[name], after))
    written = given.diff or _write_all(changed, before)
    for item in outcome.live:
        sys.stdout.write(f"{patch_command(item.finding, item.subject)}\n")
    sys.stdout.flush()
    _say_what(outcome, "would fix" if given.diff else "fixed")
    if not written:
        return exits.USAGE
    if given.diff:
        return exits.FINDINGS if changed or outcome.live else exits.CLEAN
    return None


def _write_all(changed: dict[str, str], before: Reading) -> bool:
    """Write the texts; False where one could not be written, which is told."""
    written = True
    for name, after in changed.items():
        try:
            _write(name, before.texts[name], after)
        except InputError as error:
            written = False
            _say(text.problem(error))
    if STDIN in before.texts and STDIN not in changed:
        sys.stdout.write(before.texts[STDIN])
    return written


def _say_what(outcome: Fixed, done: str) -> None:
    for finding in outcome.done:
        if finding.origin is not None:
            _say(f"{done}: {_place(finding)}")
    for left in outcome.left:
        _say(f"not fixed: {_place(left.finding)}: {left.why}")
    if outcome.unsafe:
        _say(f"{outcome.unsafe} more can be fixed by --unsafe-fixes; look at --diff --unsafe-fixes first")


def _write(name: str, before: str, after: str) -> None:
    if name == STDIN:
        sys.stdout.write(after)
    else:
        rewrite(name, before, after)


def difference(name: str, before: str, after: str) -> Iterator[str]:
    """A unified diff that ``patch`` and ``git apply`` take."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+\Z", each) for each in (before, after))
    for line in difflib.unified_diff(old, new, name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _place(finding: Finding) -> str:
    file = f"{finding.origin.file}: " if finding.origin else ""
    return f"{file}{finding.code} {finding.slug}: {finding.ref} {show(finding.path)}"


def _say(line: str) -> None:
    print(clean(line), file=sys.stderr)
