"""``proxyless lint`` against ``istioctl analyze`` on the same files, in one run: python tests/bench/bench_lint.py

Processes from start to exit, taken in turns: both sides on the same one core, then both on all cores. Wall and processor time are the best of the
runs, each by itself, since others on the machine only add to them; processor time is user and system time of the process.
Limits are those of the design: exit code 1 where one is exceeded. A Python that was built without profile-guided
optimization (pyenv's default) takes a quarter longer.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_lint_manifests import manifests
from bench.shortfall import shortfall
from lab.parts import binary

PROXYLESS = Path(sys.executable).with_name("proxyless")
LIMIT = 600.0
"""Seconds after which a process counts as hanging."""


class Case(NamedTuple):
    """One text, and what ``proxyless lint`` may take for it. 0: no limit."""

    objects: int
    runs: int
    seconds: float = 0
    mib: float = 0
    times: float = 0
    """How many times as fast as ``istioctl analyze`` it must be."""
    injected: bool = True
    """False: namespaces are not injected, so that each Deployment has a finding too."""
    mixed: bool = False
    """With policies, targets after ``xds:///``, sidecars and hosts outside the mesh."""

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.objects:,}{'' if self.injected else ' bad'}{' mixed' if self.mixed else ''}"


BESIDE = (
    Case(1, 9, 0.12, times=1),
    Case(50, 9, 0.15, times=1),
    Case(1000, 5, 0.25),
    Case(10_000, 5, 1.2, 250, 4),
    Case(10_000, 3, injected=False),
    Case(10_000, 3, 1.2, 250, 4, mixed=True),
)
"""Beside ``istioctl analyze``."""
ALL_CORES = tuple(case._replace(seconds=0, mib=0, times=0) for case in BESIDE[3:])
"""The same with every core, as users run both: proxyless judges in several processes, istioctl collects garbage beside its work."""
GROWTH = (1000, 3000, 10_000, 30_000, 100_000)
"""``proxyless lint`` alone: the time for each further object must not grow with their number."""
STEEP = 1.3
"""How much more an object may cost in the largest text than in one of 10,000."""


class Run(NamedTuple):
    """One process from start to exit, or the best of several."""

    wall: float
    cpu: float
    mib: float


def measure(command: list[str], cache: Path) -> Run:
    """Run a command with its output thrown away; Python finds its modules compiled, as an installation leaves them."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(cache)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    watch = threading.Timer(LIMIT, process.kill)
    watch.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        watch.cancel()
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if command[0] == str(PROXYLESS) and process.returncode not in (0, 1):
        raise SystemExit(f"proxyless lint ended with {process.returncode}; the bench measures nothing")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(runs: list[Run]) -> Run:
    """The least of each figure."""
    return Run(*map(min, zip(*runs, strict=True)))


def written(case: Case, folder: Path) -> Path:
    """The text of a case as a file."""
    file = folder / f"{case.name.replace(' ', '-')}.yaml"
    if not file.exists():
        file.write_text(manifests(case.objects, injected=case.injected, mixed=case.mixed))
    return file


def compare(case: Case, folder: Path, istioctl: Path) -> tuple[Run, Run]:
    """The best of both sides."""
    file = str(written(case, folder))
    lint, analyze = [str(PROXYLESS), "lint", file], [str(istioctl), "analyze", "--use-kube=false", file]
    measure(lint, folder / "compiled")
    ours, theirs = [], []
    for _ in range(case.runs):
        ours.append(measure(lint, folder / "compiled"))
        theirs.append(measure(analyze, folder / "compiled"))
    return best(ours), best(theirs)


class Exceeded(NamedTuple):
    """A limit that was not held, for `shortfall`."""

    promise: str
    measured: str
    wanted: str


def beside(cases: list[Case], folder: Path, istioctl: Path) -> list[Exceeded]:
    """Print the first table; which limits were not held."""
    print(f"{'':>13}  {'proxyless lint':^26}  {'istioctl analyze':^26}  {'times faster':^13}  limit")
    columns = f"{'wall s':>8} {'cpu s':>8} {'MiB':>8}"
    print(f"{'objects':>13}  {columns}  {columns}  {'wall':>6} {'cpu':>6}")
    exceeded: list[Exceeded] = []
    for case in cases:
        ours, theirs = compare(case, folder, istioctl)
        times = theirs.wall / ours.wall
        limits = [
            (f"{case.seconds} s", f"{ours.wall:.3f} s", case.seconds, ours.wall <= case.seconds),
            (f"{case.mib:.0f} MiB", f"{ours.mib:.0f} MiB", case.mib, ours.mib <= case.mib),
            (f"{case.times:.0f} times", f"{times:.1f} times", case.times, times >= case.times),
        ]
        shown = ", ".join(f"{text} {'held' if fits else 'EXCEEDED'}" for text, _, limit, fits in limits if limit)
        exceeded += [
            Exceeded(f"{case.name} objects", measured, text)
            for text, measured, limit, fits in limits
            if limit and not fits
        ]
        cells = "  ".join(f"{run.wall:8.3f} {run.cpu:8.3f} {run.mib:8.0f}" for run in (ours, theirs))
        print(
            f"{case.name:>13}  {cells}  {times:6.1f} {theirs.cpu / ours.cpu:6.1f}  {shown}",
            flush=True,
        )
    return exceeded


def growth(sizes: tuple[int, ...], folder: Path) -> list[Exceeded]:
    """Print the second table; whether growth is more than linear. The time of an almost empty run counts for none of the objects."""
    print("\ngrowth of proxyless lint, without its start")
    print(f"{'objects':>13}  {'wall s':>8} {'cpu s':>8} {'MiB':>8}  {'cpu ms per 1,000':>17} {'KiB per object':>15}")
    start = best(
        [measure([str(PROXYLESS), "lint", str(written(Case(1, 1), folder))], folder / "compiled") for _ in range(5)]
    )
    each: dict[int, float] = {}
    for size in sizes:
        file = str(written(Case(size, 1), folder))
        run = best([measure([str(PROXYLESS), "lint", file], folder / "compiled") for _ in range(3)])
        each[size] = (run.cpu - start.cpu) / size * 1e6
        kib = (run.mib - start.mib) * 1024 / size
        print(f"{size:>12,}  {run.wall:8.3f} {run.cpu:8.3f} {run.mib:8.0f}  {each[size]:17.1f} {kib:15.1f}", flush=True)
    steep = each[sizes[-1]] / each[10_000]
    fits = steep <= STEEP
    print(
        f"an object costs {steep:.2f} times as much in {sizes[-1]:,} as in 10,000: {STEEP} {'held' if fits else 'EXCEEDED'}"
    )
    return [] if fits else [Exceeded(f"cost of an object in {sizes[-1]:,}", f"{steep:.2f} times", f"at most {STEEP}")]


def main() -> int:
    """Print the tables; 1 where a limit is exceeded."""
    known = sorted({case.objects for case in BESIDE})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-growth", action="store_true", help="only beside istioctl")
    parser.add_argument("sizes", nargs="*", type=int, help=f"numbers of objects, of {known}; default: all")
    given = parser.parse_args()
    if unknown := set(given.sizes) - set(known):
        parser.error(f"no limit is set for {sorted(unknown)} objects")
    istioctl = binary("istioctl")
    cores = os.sched_getaffinity(0)
    core = max(cores)
    os.sched_setaffinity(0, {core})
    python = f"Python {platform.python_version()} ({os.path.realpath(sys.executable)})"
    print(f"{python}; load {os.getloadavg()[0]:.1f}, all on core {core}")
    chosen = [case for case in (*BESIDE, *ALL_CORES) if not given.sizes or case.objects in given.sizes]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exceeded = beside([case for case in chosen if case in BESIDE], folder, istioctl)
        os.sched_setaffinity(0, cores)
        print(f"\nthe same on {len(cores)} cores")
        beside([case for case in chosen if case in ALL_CORES], folder, istioctl)
        os.sched_setaffinity(0, {core})
        if not given.no_growth:
            exceeded += growth(GROWTH, folder)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    for limit in exceeded:
        shortfall(*limit)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
