"""Runs a program inside a node's namespaces and control group and dies with its parent; passes SIGTERM on. Run as a script.

Why not nsenter: killing nsenter leaves the program running. Here the program gets SIGKILL when this process goes.
Usage: enter.py MACHINE_PID RUN KINDS PROGRAM ARGUMENT...   KINDS: `net` or `all` (net, mount and pid)
"""

import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from lab.node import cgroups, namespaces  # a script finds its library first

if __name__ == "__main__":
    machine, run, kinds, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    os.umask(0o022)
    cgroups.join(run)
    if kinds == "net":
        namespaces.join(machine, namespaces.NET)
        os.execvp(command[0], command)
    namespaces.join(machine, namespaces.NET, namespaces.PID, namespaces.MNT)
    child = os.fork()
    if child == 0:
        namespaces.die_with_parent()
        os.execvp(command[0], command)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) % 256)
