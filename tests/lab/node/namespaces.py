"""The few kernel calls that the node's scripts share: joining namespaces, dying with the parent. Linux only.

Imported by `machine`, `enter` and `doorway`, which run as scripts in processes of their own (one thread, so that joining
a mount or pid namespace is allowed). Standard library only.
"""

import ctypes
import os
import signal

NET, MNT, PID = 0x40000000, 0x00020000, 0x20000000
FILES = {NET: "net", MNT: "mnt", PID: "pid"}
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def join(pid: int, *kinds: int) -> None:
    """Move this process into namespaces of another; a pid namespace takes effect for children only."""
    handles = [(os.open(f"/proc/{pid}/ns/{FILES[kind]}", os.O_RDONLY), kind) for kind in kinds]
    for handle, kind in handles:
        if _libc.setns(handle, kind) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"cannot join the {FILES[kind]} namespace of {pid}: {os.strerror(code)}")
        os.close(handle)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
