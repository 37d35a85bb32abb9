"""PX912: Kitex builds its xDS node from environment variables that the pod must set itself."""

from collections.abc import Iterator

from proxyless.lint.frameworks import containers_path, may_have_more, of_framework, variables
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

NEEDED = ("POD_NAMESPACE", "POD_NAME", "INSTANCE_IP")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Kitex workload that lacks some of them."""
    found = of_framework(subject, world, Framework.KITEX)
    if found is None:
        return
    known = variables(found[0])
    missing = [name for name in NEEDED if name not in known]
    if missing and not may_have_more(found[0]):
        message = f"Kitex needs {', '.join(missing)} in the environment and stops without: Bootstrap, {missing[0]} is not set in env."
        yield Hit(containers_path(found[0]), message)


RULE = Rule(
    code="PX912",
    slug="kitex-environment",
    summary="A Kitex workload lacks environment variables that its xDS needs.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=(Framework.KITEX,),
    remedy="Set POD_NAMESPACE, POD_NAME and INSTANCE_IP by fieldRef: metadata.namespace, metadata.name, status.podIP.",
    evidence=("matrix frameworks environment", "failure mode J1"),
)
