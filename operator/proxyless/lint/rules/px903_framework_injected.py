"""PX903: Dubbo and Kitex speak to istiod themselves; an injected sidecar stands in their way."""

from collections.abc import Iterator

from proxyless.lint.frameworks import OTHERS, of_framework, title
from proxyless.lint.pods import istio_keeps_off
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import SIDECAR_INJECT, TEMPLATES
from proxyless.mesh.workload import wants_agent
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.fix import Drop, Fix, put
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload of these frameworks that Istio injects."""
    found = of_framework(subject, world, *OTHERS)
    if found is None:
        return
    workload, framework = found
    if (framework is Framework.DUBBO and wants_agent(workload)) or istio_keeps_off(workload, world):
        return
    keeps_off = put(workload.metadata_path("labels", SIDECAR_INJECT), "false")
    if wants_agent(workload):
        where = workload.metadata_path("annotations", TEMPLATES)
        yield Hit(
            where,
            "Kitex does not use the gRPC agent: it costs memory in each pod and changes nothing.",
            severity=Severity.WARNING,
            fix=Fix((Drop(where), *keeps_off.changes)),
        )
        return
    message = f"{title(framework)} reads xDS itself, and Istio injects an Envoy sidecar too: calls pass two meshes, and istiod sees two clients."
    yield Hit((*workload.path, "metadata", "labels"), message, fix=keeps_off)


RULE = Rule(
    code="PX903",
    slug="framework-injected",
    summary="A Dubbo or Kitex workload that speaks to istiod itself is injected too.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=OTHERS,
    remedy="""Label the pods sidecar.istio.io/inject: "false", or take istio-injection off the namespace.""",
    evidence=("matrix frameworks injection", "failure modes I9 and J12"),
    reads=("Namespace",),
    fixes=("unsafe",),
)
