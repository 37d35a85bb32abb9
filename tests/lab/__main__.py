"""`python -m lab`: builds the real parts, and runs a control plane that stays until it is taken down.

    build [PART...]   build what is missing (default: what a control plane needs; `all` for every part)
    up [NAME]         start a control plane that outlives this command; prints `export KUBECONFIG=...`
    down [NAME]       stop it, or every one that was left running, and remove its folder
    images            make the images that pods of tests run, as far as they are missing
    node              install the Debian packages that a node and its test programs need (root on Debian; elsewhere says what is missing)
    demo              scenario S1 with kubectl; --keep leaves it running, --kubeconfig plays it on your own cluster
    status            which parts are built, which control planes run

Called by people and by the Makefile. Exit codes: 0 done, 1 a part is missing or failed, 2 usage.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from lab import rundir
from lab.controlplane import ControlPlane
from lab.demo.play import STAGES, play
from lab.errors import LabError
from lab.node import images, needs, product
from lab.node.programs import echo_kitex, programs
from lab.parts import CONTROL_PLANE, PARTS, binaries, binary, find


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab", description="A real Kubernetes control plane on loopback.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build what is missing")
    build.add_argument("parts", nargs="*", metavar="PART", help="default: the control plane's; `all` for every part")
    up = commands.add_parser("up", help="start a control plane that stays")
    up.add_argument("name", nargs="?", default="default", metavar="NAME")
    down = commands.add_parser("down", help="stop it")
    down.add_argument("name", nargs="?", metavar="NAME", help="default: every one that was left running")
    demo = commands.add_parser("demo", help="scenario S1 with kubectl")
    demo.add_argument("--keep", action="store_true", help="leave it running")
    demo.add_argument("--kubeconfig", type=Path, help="play on this cluster, in a namespace of its own")
    demo.add_argument("--stage", choices=STAGES, default="auto", help="where to play")
    commands.add_parser("images", help="make the images that pods of tests run")
    commands.add_parser("node", help="install the Debian packages that a node needs")
    commands.add_parser("status", help="what is built and what runs")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)  # a service's way to end it: as tidy as Ctrl-C
    try:
        match chosen.command:
            case "build":
                _build(chosen.parts)
            case "up":
                _up(chosen.name)
            case "node":
                needs.install(languages=True)
                needs.check()
            case "images":
                _images()
            case "demo":
                return play(keep=chosen.keep, kubeconfig=chosen.kubeconfig, stage_name=chosen.stage)
            case "down":
                _down(chosen.name)
            case _:
                _status()
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _build(names: list[str]) -> None:
    chosen = tuple(PARTS) if names == ["all"] else tuple(names) or CONTROL_PLANE
    for name, path in binaries(*chosen).items():
        print(f"{name}\t{path}")


def _images() -> None:
    """One run makes them, with its progress in sight; the workers of a test run then find them."""
    echoes = [program.image() for program in programs()]
    wanted = [images.pause(), images.coredns(), images.pilot(), images.proxy(), images.envoy(), echo_kitex(), *echoes]
    images.archives(wanted)
    product.image()


def _up(name: str) -> None:
    started = time.monotonic()
    plane = ControlPlane(crds=("istio", "gateway"), keep=name).start()
    print(f"lab: ready after {time.monotonic() - started:.1f} s; `python -m lab down {name}` stops it", file=sys.stderr)
    for variable, value in plane.environment.items():
        print(f"export {variable}={value}")
    print(f"export PATH={binary('kubectl').parent}:$PATH")


def _down(name: str | None) -> None:
    folders = [rundir.kept(name)] if name else rundir.all_kept()
    for folder in folders:
        if not folder.is_dir():
            raise LabError(f"no control plane {name!r} runs; `python -m lab status` lists those that do")
        rundir.remove(folder)
        print(f"lab: stopped and removed {folder}", file=sys.stderr)
    if not folders:
        print("lab: nothing was left running", file=sys.stderr)


def _status() -> None:
    for part in PARTS.values():
        print(f"{part.name}\t{find(part) or 'not built'}")
    for folder in sorted(rundir.base().iterdir()):
        print(f"{folder}\t{', '.join(rundir.running(folder)) or 'nothing runs, logs of a failed start'}")


if __name__ == "__main__":
    sys.exit(main())
