"""Runs every benchmark to its end, then says which promises were missed: python -m bench [NAME...]

Called by `make bench`. Each `bench_*.py` is a process of its own, prints its tables as it goes, and names each promise that it
missed in a line of its own that begins with `fell short: ` (`shortfall` makes it). Exit codes: 0 all held, 1 one was missed or
a benchmark could not be run, 2 usage.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.shortfall import MARK

HERE = Path(__file__).parent


def main(names: Sequence[str]) -> int:
    """Run the benchmarks of these names (default: all); returns the exit code."""
    files = {file.stem.removeprefix("bench_"): file for file in sorted(HERE.glob("bench_*.py")) if _runs(file)}
    if unknown := set(names) - set(files):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(files)}", file=sys.stderr)
        return 2
    missed: list[str] = []
    for name in names or files:
        print(f"== {name}", flush=True)
        missed += [f"{name}: {line}" for line in _run(files[name])]
    if missed:
        print(f"\n{len(missed)} of the promises were missed:", *missed, sep="\n- ")
    else:
        print("\nAll promises held.")
    return 1 if missed else 0


def _runs(file: Path) -> bool:
    """Whether a file is a benchmark: some hold only what another one reads."""
    return '__name__ == "__main__"' in file.read_text()


def _run(file: Path) -> list[str]:
    """One benchmark, its output passed on line by line; what it fell short of."""
    missed = []
    command = [sys.executable, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                print(line, end="", flush=True)
                if line.startswith(MARK):
                    missed.append(line.removeprefix(MARK).strip())
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0 and not missed:
        missed.append(f"ended with exit code {child.returncode} before its end; its own words are above")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
