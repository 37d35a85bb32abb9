"""Runs ``proxyless`` as a user does: the installed command, in a process of its own."""

import subprocess
import sys
from pathlib import Path

PROXYLESS = Path(sys.executable).with_name("proxyless")


def proxyless(
    *arguments: str, stdin: str | bytes = b"", cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Exit code, standard output and standard error as text."""
    done = subprocess.run(
        [PROXYLESS, *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env=env,
        timeout=60,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
