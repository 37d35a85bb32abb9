"""``proxyless lint --jobs``: several processes say what one says, whatever becomes of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import proxyless

OBJECT = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: echo-{number}, namespace: shop-{namespace}{ignore}}}
spec:
  hosts: [echo-{number}.shop-{namespace}.svc.cluster.local]
  http:
  - route:
    - destination: {{host: echo-{number}.shop-{namespace}.svc.cluster.local{subset}}}
    {mirror}
"""
WITH_FORK = """\
import os, signal, sys
fork, made = os.fork, []
def forked():
    child = fork()
    if child == 0 and {killed}:
        os.kill(os.getpid(), signal.SIGKILL)
    made.append(child)
    return child
os.fork = forked
from proxyless.cli.main import main
code = main(["lint", "mesh.yaml", "--format", "json", "--jobs", "{jobs}"])
print(len(made), file=sys.stderr)
sys.exit(code)
"""
"""The command in a process that counts its children, and ends each at once if asked to."""


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with as many objects as three processes are worth: with findings, excused ones, notices, clean ones."""
    folder = tmp_path_factory.mktemp("jobs")
    texts = [
        OBJECT.format(
            number=number,
            namespace=number % 7,
            mirror="mirror: {host: next.shop.svc.cluster.local}" if number % 50 == 0 else "timeout: 2s",
            subset=", subset: v1" if number % 40 == 0 else "",
            ignore=', annotations: {proxyless.dev/ignore: "PX502=until we move"}' if number % 150 == 0 else "",
        )
        for number in range(4_600)
    ]
    (folder / "mesh.yaml").write_text("---\n".join(texts))
    return folder


@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_several_processes_say_what_one_says(mesh: Path, form: str) -> None:
    given = ("lint", "mesh.yaml", "--format", form, "--client", "go=1.66.3", "--notices", "--show-suppressed")
    alone = proxyless(*given, "--jobs", "1", cwd=mesh)
    beside = proxyless(*given, "--jobs", "3", cwd=mesh)
    assert "PX502" in alone.stdout
    assert (beside.returncode, beside.stdout, beside.stderr) == (alone.returncode, alone.stdout, alone.stderr)


@pytest.mark.parametrize(("jobs", "killed", "children"), [(1, False, 0), (3, False, 2), (3, True, 2)])
def test_a_child_that_is_killed_costs_nothing_but_time(mesh: Path, jobs: int, killed: bool, children: int) -> None:
    program = WITH_FORK.format(jobs=jobs, killed=killed)
    done = subprocess.run([sys.executable, "-c", program], cwd=mesh, capture_output=True, text=True, check=False)
    assert done.stdout == proxyless("lint", "mesh.yaml", "--format", "json", "--jobs", "1", cwd=mesh).stdout
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == str(children)


def test_no_child_outlives_a_parent_that_is_interrupted() -> None:
    program = """\
import os, time
from proxyless.adapters.forked import children
ids = []
try:
    with children([lambda: time.sleep(600)] * 2) as working:
        ids += [child.process for child in working]
        raise KeyboardInterrupt
except KeyboardInterrupt:
    for number in ids:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            print("gone")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "gone\n" * 2


def test_an_error_in_a_child_is_no_answer() -> None:
    program = """\
from proxyless.adapters.forked import children
with children([lambda: 1 / 0, lambda: "x" * 1_000_000]) as working:
    print([child.answer() and "whole" for child in working])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[None, 'whole']\n"


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_number_of_processes_is_one_or_more(number: str) -> None:
    done = proxyless("lint", ".", f"--jobs={number}")
    assert done.returncode == 2
    assert "is no number of processes; write 1 or more" in done.stderr
