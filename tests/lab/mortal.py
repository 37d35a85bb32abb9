"""Becomes another program with default signal dispositions, after asking the kernel to kill it when its parent dies.

Run as a script by `lab.process`. Why not `preexec_fn`: Python code between fork and exec can deadlock in a program that
has threads. The kernel's part is Linux only; elsewhere the program just runs, and the next run cleans up.

A run in the background of a script, under `nohup` or from a service hands down SIGINT as ignored, and Python hands down
SIGPIPE: a compiler that should end on Ctrl-C, or a shell that should trap it, would never see it. SIGHUP stays as it is,
since being ignored is all that `nohup` asks for.
Usage: mortal.py PARENT_PID PROGRAM ARGUMENT... (PARENT_PID 0: the program outlives its parent)
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LEFT_ALONE = {signal.SIGKILL, signal.SIGSTOP, signal.SIGHUP}


def _default_signals() -> None:
    for number in signal.valid_signals() - _LEFT_ALONE:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    _default_signals()
    os.execvp(command[0], command)
