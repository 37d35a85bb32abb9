"""PX126: our mark on a pod says neither yes nor no, so injector and webhook conditions ignore it."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import INJECT
from proxyless.mesh.pod.opt_in_marks import own_place, unclear_mark
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.path import get
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template whose mark has another value."""
    workload = world.workload(subject)
    if workload is None:
        return
    unclear = unclear_mark(workload.pod)
    if unclear:
        message = f"{unclear}, so the pod is treated as if it said nothing."
        path = own_place(workload.pod).path
        meant = str(get(subject.body, path)).strip().lower()
        fix = put(path, meant, safe=True) if meant in {"true", "false"} else None
        yield Hit(path, message, fix=fix)


RULE = Rule(
    code="PX126",
    slug="unclear-mark",
    summary="""A pod's proxyless.dev/inject is neither "true" nor "false" and is ignored.""",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    needs=(INJECT,),
    remedy="""Write proxyless.dev/inject: "true" or "false", in small letters and quotes.""",
    evidence=("the conditions of manifests/base/injector.yaml",),
    fixes=("safe",),
)
