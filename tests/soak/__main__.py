"""The whole of ``make soak``: python -m soak [--minutes 60] [--rate 200] [--from REF] [--json FILE]

Pods are created while replicas are killed and replaced, the authority of the certificates is lost, the API server restarts and the
product is upgraded. At the end all replicas are away for a moment, so that there are pods without agent. Exit code 1 where a
create failed, where a pod lacks the agent and ``proxyless lint --cluster`` does not name it, or where one was made without agent while
nothing was disturbed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.controlplane import ControlPlane
from soak.creates import Creates
from soak.product import Product, last_version, unpacked
from soak.verdict import Disturbance, Outcome
from webhook.replica import REPOSITORY

LABELS = {"proxyless.dev/injection": "enabled"}
EVERY = 10.0
"""Seconds between the end of a disturbance and the next one; longer than ``verdict.SETTLES``, so that there are quiet ones among them."""
_PROXYLESS = "import sys; from proxyless.cli.main import main; sys.exit(main())"
AWAY = 3.0
"""Seconds without any replica, at the end."""


def main() -> int:
    """Run it all and print the report; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200, help="creates a second (200), or what the machine bears")
    parser.add_argument("--from", dest="version", default="", help="commit to upgrade from (the last tag)")
    parser.add_argument("--json", type=Path, help="also write the report as JSON to this file")
    parser.add_argument(
        "--broken", action="store_true", help="the upgrade loses the injector's configuration: must fail"
    )
    given = parser.parse_args()
    with ControlPlane(scheduler=False, crds=("istio", "gateway")) as plane:
        outcome = soaked(plane, given)
    print(outcome.text())
    if given.json:
        given.json.write_text(json.dumps(outcome.data(), indent=2) + "\n")
    return 1 if outcome.faults() else 0


def soaked(plane: ControlPlane, given: argparse.Namespace) -> Outcome:
    """All of it on a cluster that runs."""
    product = Product(plane, unpacked(given.version or last_version(), plane.folder / "old"))
    product.install()
    namespace = plane.namespace("soak", LABELS)
    try:
        product.begin()
        with Creates(plane, namespace, given.rate) as creates:
            done = disturbed(plane, product, creates, 60 * given.minutes, broken=given.broken)
            metrics = {"answers given again": product.count("proxyless_admission_repeated_total")}
            done.append(_watched("all replicas are away", lambda: _away(product), product, creates, 0))
            creates.stop()
    finally:
        product.end()
    told = named(plane, namespace, list(creates.lacking))
    return Outcome(creates.seconds, creates.took, creates.waited, creates.failed, creates.lacking, told, done, metrics)


def _away(product: Product) -> None:
    product.end()
    time.sleep(AWAY)


def disturbed(
    plane: ControlPlane, product: Product, creates: Creates, seconds: float, *, broken: bool
) -> list[Disturbance]:
    """One disturbance after the other until the time is over; the upgrade at half of it."""

    def upgrade() -> None:
        product.upgrade(REPOSITORY)
        if broken:
            product.uninstall_injector()

    turns: list[tuple[str, Callable[[], object]]] = [
        ("a replica is killed", product.kill_one),
        ("a replica is replaced", product.replace_one),
        ("the authority is lost", product.rotate),
        ("the API server restarts", lambda: plane.restart("kube-apiserver")),
    ]
    done: list[Disturbance] = []
    time.sleep(EVERY)
    upgraded = False
    while creates.seconds < seconds:
        if not upgraded and creates.seconds > seconds / 2:
            upgraded = True
            what, act = "the product is upgraded", upgrade
        else:
            what, act = turns[(len(done) - upgraded) % len(turns)]
        done.append(_watched(what, act, product, creates))
    return done


def _watched(
    what: str, act: Callable[[], object], product: Product, creates: Creates, wait: float = EVERY
) -> Disturbance:
    """Do it, wait, and say what came of it."""
    created, failed, waited, lacking = _counts(creates)
    began = creates.seconds
    act()
    ended = creates.seconds
    time.sleep(wait)
    now = _counts(creates)
    slowest = 1000 * max(creates.took[created : now[0]], default=0.0)
    changes = (now[0] - created, now[1] - failed, now[2] - waited, now[3] - lacking)
    one = Disturbance(what, began, ended, *changes, slowest, product.memory())
    print(f"{began:6.0f} s  {what}: {changes[0]} created, {changes[1]} failed, {changes[3]} without agent", flush=True)
    return one


def _counts(creates: Creates) -> tuple[int, int, int, int]:
    return len(creates.took), creates.failed.total(), creates.waited, len(creates.lacking)


def named(plane: ControlPlane, namespace: str, lacking: list[str]) -> set[str]:
    """Those of these pods that `proxyless lint --cluster` names. No kubelet runs here, so they are said to run first."""
    for name in lacking:
        status = {"status": {"phase": "Running"}}
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/status"
        plane.api.request("PATCH", path, status, content="application/merge-patch+json")
    command = [sys.executable, "-c", _PROXYLESS, "lint", "--cluster", "-n", namespace, "--format", "json"]
    environment = {**os.environ, **plane.environment, "PYTHONPATH": str(REPOSITORY / "operator")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)["findings"]
    return {one["object"]["name"] for one in found if one["code"] == "PX129"} & set(lacking)


if __name__ == "__main__":
    sys.exit(main())
