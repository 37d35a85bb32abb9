"""Plays the demo in acts, the earliest while later ones' parts are still being built. Called by `python -m lab demo`.

Acts: what the linter foretells; the API server alone (only where the next act is minutes away); scenario S1 on the richest
stage that this machine can set, or on the user's own cluster.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from lab.demo import early, foretell, needed, plan, s1
from lab.demo.loopback import ApiServerStage, LoopbackStage
from lab.demo.needed import Act
from lab.demo.node import NodeStage
from lab.demo.own import OwnStage
from lab.demo.screen import Screen, Unexpected
from lab.demo.stage import Stage
from lab.demo.workshop import Workshop
from lab.node import needs

KEPT = "demo"
"""Name of the run that `make demo KEEP=1` leaves."""
_ACTS = {"api": Act.API_SERVER, "loopback": Act.FAKE_PODS, "node": Act.NODE}
STAGES = ("auto", *_ACTS)
"""What `--stage` takes: the last act."""


def play(*, keep: bool, kubeconfig: Path | None, stage_name: str) -> int:
    """The whole demo; returns the exit code: 0 all promises held, 1 one did not."""
    screen = Screen()
    screen.heading("proxyless demo: scenario S1")
    try:
        if kubeconfig:
            _foretell(screen)
            _act(OwnStage(kubeconfig), s1.play, screen, "on your cluster", keep=keep)
        else:
            _acts(screen, stage_name, keep=keep)
    except Unexpected as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    screen.summary()
    return 0


def _acts(screen: Screen, stage_name: str, *, keep: bool) -> None:
    last = _last_act(stage_name)
    tasks = needed.missing(last)
    for line in (*plan.hints(tasks, os.environ), *plan.lines(tasks, needed.count(last), last)):
        screen.say(line)
    with Workshop(tasks) as workshop:
        _foretell(screen)
        if last is Act.API_SERVER or plan.between(tasks, last):
            workshop.wait_for(Act.API_SERVER, "the API server")
            _act(ApiServerStage(), early.play, screen, "on the API server alone")
        workshop.wait_for(last, "scenario S1")
    name = KEPT if keep else ""
    if last is Act.NODE:
        _act(NodeStage(keep=name), s1.play, screen, "on a real node", keep=keep)
    elif last is Act.FAKE_PODS:
        _act(LoopbackStage(keep=name), s1.play, screen, "on the API server", keep=keep)


def _last_act(stage_name: str) -> Act:
    """The richest that this machine can do: real pods where it can run them, else the API server alone."""
    if stage_name in _ACTS:
        return _ACTS[stage_name]
    lacks = needs.hopeless()
    if stage_name == "auto" and lacks:
        print("Playing on the API server alone, without real pods. For those this machine lacks:", file=sys.stderr)
        print("\n".join(f"- {line}" for line in lacks), file=sys.stderr)
        return Act.FAKE_PODS
    return Act.NODE


def _foretell(screen: Screen) -> None:
    screen.heading("What the linter foretells")
    with screen.timed("what the linter foretells"):
        foretell.play(screen)


def _act(
    stage: Stage, steps: Callable[[Stage, Screen], None], screen: Screen, where: str, *, keep: bool = False
) -> None:
    """Set a stage, play on it, clean up whatever happens; what is to be kept stays where all promises held."""
    screen.look_at(stage.kubectl)
    screen.heading(f"Scenario S1 {where}")
    screen.say(stage.where())
    held = False
    try:
        with screen.timed(f"setting the stage {where}", announce=True):
            stage.start()
        steps(stage, screen)
        held = True
    finally:
        if not (keep and held):
            with screen.timed(f"cleaning up {where}", announce=True):
                stage.stop()
    if keep:
        print(f"\n{stage.leftover()}")
