"""Plays the demo: sets a stage, runs the steps, cleans up, says what took how long. Called by `python -m lab demo`."""

import sys
from pathlib import Path

from lab.demo import s1
from lab.demo.loopback import LoopbackStage
from lab.demo.node import NodeStage
from lab.demo.own import OwnStage
from lab.demo.screen import Screen, Unexpected
from lab.demo.stage import Stage
from lab.node import needs

KEPT = "demo"
"""Name of the run that `make demo KEEP=1` leaves."""


def play(*, keep: bool, kubeconfig: Path | None, stage_name: str) -> int:
    """The whole demo; returns the exit code: 0 all promises held, 1 one did not."""
    stage = OwnStage(kubeconfig) if kubeconfig else _stage(stage_name, KEPT if keep else "")
    screen = Screen(stage.kubectl)
    screen.heading("proxyless demo: scenario S1")
    screen.say(stage.where())
    failed = ""
    try:
        with screen.timed("setting the stage"):
            stage.start()
        s1.play(stage, screen)
    except Unexpected as error:
        failed = str(error)
    except BaseException:
        stage.stop()
        raise
    if keep and not failed:
        print(f"\n{stage.leftover()}")
    else:
        with screen.timed("cleaning up"):
            stage.stop()
    if failed:
        print(f"\nThe demo failed: {failed}", file=sys.stderr)
        return 1
    screen.summary()
    return 0


def _stage(name: str, keep: str) -> Stage:
    """The richest stage that this machine can set: real pods where it can run them, else the API server alone."""
    if name == "loopback":
        return LoopbackStage(keep=keep)
    needs.install()
    lacks = NodeStage.lacks()
    if name == "auto" and lacks:
        print("Playing on the API server alone, without real pods. For those this machine lacks:", file=sys.stderr)
        print("\n".join(f"- {line}" for line in lacks), file=sys.stderr)
        return LoopbackStage(keep=keep)
    return NodeStage(keep=keep)
