"""Becomes another program, after asking the kernel to kill it when its parent dies. Run as a script by `lab.process`.

Why not `preexec_fn`: Python code between fork and exec can deadlock in a program that has threads. Linux only; elsewhere
the program just runs, and the next run cleans up.
Usage: mortal.py PARENT_PID PROGRAM ARGUMENT...
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    os.execvp(command[0], command)
