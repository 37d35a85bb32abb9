"""Child processes of tests: they begin with default signal dispositions, and end with the test, whatever happens in it.

Tests call `running` in place of `subprocess.Popen`, the conftest calls `pass_on_no_ignored_signals` once. Why: a run in the
background of a script, under `nohup` or from a service ignores SIGINT, children inherit that, and a test of Ctrl-C waits for
ever; what it then leaves running fails another test that runs later (`ResourceWarning: subprocess ... is still running`).
"""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ASKED_TO_END = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def pass_on_no_ignored_signals() -> None:
    """Ignore by a handler what is ignored by disposition: a new program starts without the handlers of its parent.

    This process goes on ignoring them, as whoever started it wished. Must be called in the main thread.
    """
    for number in _ASKED_TO_END:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@contextmanager
def running(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is killed and waited for at the end of the block if it still runs, and whose pipes are closed.

    `options` are those of `subprocess.Popen`.
    """
    child = subprocess.Popen(command, **options)
    try:
        yield child
    finally:
        child.kill()  # harmless where it has ended
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
