"""``proxyless lint`` against ``istioctl analyze`` on the same files, in one run: python tests/bench/bench_lint.py

Processes from start to exit, taken in turns. Wall is the best of the runs, since others on the machine only add to it; CPU
is user and system time of the same process. Limits are those of the design; --check makes them the exit code.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_lint_manifests import manifests
from lab.parts import binary

SIZES = {1: (9, 0.150, 0), 4: (9, 0.150, 0), 1000: (5, 0.4, 0), 10_000: (3, 1.2, 250)}
"""Objects: runs, seconds and MiB that ``proxyless lint`` may take (0: no limit)."""
PROXYLESS = Path(sys.executable).with_name("proxyless")


@dataclass
class Run:
    """One process from start to exit."""

    wall: float
    cpu: float
    mib: float
    code: int


def measure(command: list[str], cache: Path) -> Run:
    """Run a command with its output thrown away; Python finds its modules compiled, as an installation leaves them."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(cache)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def compare(objects: int, folder: Path, istioctl: Path) -> tuple[Run, Run]:
    """The best run of each side."""
    runs = SIZES[objects][0]
    file = folder / f"{objects}.yaml"
    file.write_text(manifests(objects))
    lint, analyze = [str(PROXYLESS), "lint", str(file)], [str(istioctl), "analyze", "--use-kube=false", str(file)]
    measure(lint, folder / "compiled")
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(measure(lint, folder / "compiled"))
        theirs.append(measure(analyze, folder / "compiled"))
    if bad := [run.code for run in ours if run.code not in (0, 1)]:
        raise SystemExit(f"proxyless lint ended with {bad} on {objects} objects; the bench measures nothing")
    return min(ours, key=lambda run: run.wall), min(theirs, key=lambda run: run.wall)


def main() -> int:
    """Print the table; 1 where a limit is exceeded and --check is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit code 1 where a limit is exceeded")
    parser.add_argument("sizes", nargs="*", type=int, help=f"numbers of objects, of {list(SIZES)}; default: all")
    given = parser.parse_args()
    if unknown := set(given.sizes) - set(SIZES):
        parser.error(f"no limit is set for {sorted(unknown)} objects")
    istioctl = binary("istioctl")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'objects':>8}  {'proxyless lint':^26}  {'istioctl analyze':^26}  {'ratio':>6}  limit")
    print(f"{'':>8}  {'wall s':>8} {'cpu s':>8} {'MiB':>8}  {'wall s':>8} {'cpu s':>8} {'MiB':>8}  {'wall':>6}")
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for objects in given.sizes or SIZES:
            _, seconds, mib = SIZES[objects]
            ours, theirs = compare(objects, Path(folder), istioctl)
            fits = ours.wall <= seconds and (not mib or ours.mib <= mib)
            over |= not fits
            limit = f"{seconds} s" + (f", {mib} MiB" if mib else "")
            cells = "  ".join(f"{run.wall:8.3f} {run.cpu:8.3f} {run.mib:8.0f}" for run in (ours, theirs))
            print(f"{objects:>8}  {cells}  {theirs.wall / ours.wall:5.1f}x  {limit} {'held' if fits else 'EXCEEDED'}")
    return int(over and given.check)


if __name__ == "__main__":
    sys.exit(main())
