"""First process of a node's pid namespace: sets up its network and mounts, then reaps orphans until it is killed.

Run as a script under `unshare --net --mount --pid --fork --kill-child`. When it dies, the kernel kills every process of
the node and its mounts and interfaces vanish, however the test run ended: nothing is left but empty cgroups.
Usage: machine.py ADDRESS FOLDER
"""

import os
import pathlib
import signal
import subprocess
import sys
from types import FrameType

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from lab.node import cgroups  # a script finds its library first


def run(*command: str) -> None:
    """Run a set-up command; its error ends the machine and stands in the log."""
    subprocess.run(command, check=True)


def set_up(address: str, folder: pathlib.Path) -> None:
    """Loopback, the node's address on one end of a veth pair whose other end leads nowhere, private state folders."""
    run("mount", "--make-rshared", "/")
    run("mount", "-t", "proc", "proc", "/proc")
    for state in ("/var/lib/cni", "/run/netns", "/var/log/containers", "/var/log/pods"):
        pathlib.Path(state).mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", state)
    run("mount", "--make-rshared", "/run/netns")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "nowhere")
    run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    for link in ("eth0", "nowhere"):
        run("ip", "link", "set", link, "up")
    run("ip", "route", "add", "default", "dev", "eth0")
    for name in ("net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables"):
        setting = pathlib.Path("/proc/sys") / name
        if setting.exists():
            setting.write_text("1")
    (folder / "machine.ready").touch()


def reap(_signal: int, _frame: FrameType | None) -> None:
    """Collect children that have ended, orphans of containers included."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    os.umask(0o022)
    cgroups.join(pathlib.Path(sys.argv[2]).name)
    set_up(sys.argv[1], pathlib.Path(sys.argv[2]))
    signal.signal(signal.SIGCHLD, reap)
    while True:
        signal.pause()
