"""What each act of the demo needs that has to be made once, in the order of making, with how long each takes.

The demo's plan and its workshop read it. Estimates are those of 2 cores with nothing cached. What is there already costs
nothing and is not listed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab import crds
from lab.node import base, needs, product, programs
from lab.node.cluster import NODE_PARTS
from lab.parts import ALWAYS, PARTS, binary, estimates, find


class Act(StrEnum):
    """Acts of the demo that need something made, in the plan's words."""

    API_SERVER = "an API server with proxyless beside it: injection, warnings, a refusal, conditions"
    FAKE_PODS = "scenario S1 on the API server; pods are played, no calls are made"
    NODE = "scenario S1 on a real node with Istio: pods that run, real calls, faults"


@dataclass(frozen=True)
class Task:
    """One thing to make."""

    name: str
    act: Act
    """The first act that needs it."""
    seconds: float
    make: Callable[[], object]


def missing(last: Act) -> list[Task]:
    """All that is to be made before the act `last` can be played, in this order."""
    node = last is Act.NODE
    names = [*_in_order(ALWAYS), *_in_order(_FURTHER[last])]
    lacking = [PARTS[name] for name in names if find(PARTS[name]) is None]
    seconds = estimates(lacking)
    built = [
        Task(part.name, Act.API_SERVER if part.name in ALWAYS else last, seconds[part.name], _builder(part.name))
        for part in lacking
    ]
    first = [task for task in built if task.act is Act.API_SERVER]
    if not (crds.are_there("istio") and crds.are_there("gateway")):
        first.append(Task("CRDs of Istio and the Gateway API", Act.API_SERVER, 10, _fetch_crds))
    rest = [task for task in built if task.act is not Act.API_SERVER]
    return [*first, *(_packages() if node else []), *rest, *(_images() if node else [])]


def count(last: Act) -> int:
    """How many things the acts need in all, made or not."""
    return len(ALWAYS) + 1 + len(_FURTHER[last]) + (4 if last is Act.NODE else 0)


_CONTROLLERS = ("kube-controller-manager", "kube-scheduler")
_FURTHER = {
    Act.API_SERVER: (),
    Act.FAKE_PODS: (*_CONTROLLERS, "kwok"),
    Act.NODE: (*_CONTROLLERS, "pilot-discovery", "istioctl", "pilot-agent", *NODE_PARTS),
}
"""Binaries that an act needs beside those of every control plane."""


def _in_order(names: Sequence[str]) -> list[str]:
    return [name for name in PARTS if name in names]


def _builder(name: str) -> Callable[[], object]:
    return lambda: binary(name)


def _fetch_crds() -> None:
    for name in ("istio", "gateway"):
        crds.files(name)


def _packages() -> list[Task]:
    return [Task("Debian packages of the node", Act.NODE, 27, needs.install)] if needs.packages() else []


def _images() -> list[Task]:
    """What images are made of; the product's own comes last, since it is built anew whenever a source has changed."""
    libraries = programs.python_libraries()
    made = [
        ("base of the images", base.rootfs_file(*base.PYTHON_BASE), 57, base.python_rootfs),
        ("gRPC for the echo program", base.site_folder(*libraries), 10, lambda: base.site_packages(*libraries)),
        ("image of proxyless", product.image_file(), 47, product.image),
    ]
    return [Task(name, Act.NODE, seconds, make) for name, place, seconds, make in made if not place.exists()]
