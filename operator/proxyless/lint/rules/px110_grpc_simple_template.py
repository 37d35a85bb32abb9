"""PX110: the template grpc-simple is for development: plaintext to istiod, no certificates, no servers."""

from collections.abc import Iterator

from proxyless.lint.gates import has_other_templates
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import WORKLOADS, Resource

SIMPLE = "grpc-simple"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template that uses it; an error where it cannot work at all."""
    workload = world.workload(subject)
    if workload is None or SIMPLE not in workload.templates:
        return
    path = workload.metadata_path("annotations", TEMPLATES)
    fix = put(path, AGENT_TEMPLATE) if workload.templates == (SIMPLE,) else None
    if world.client_of(workload).language is Language.NODE:
        message = "The bootstrap of grpc-simple has no locality, which Node requires: every xds:/// target fails."
        yield Hit(path, message, severity=Severity.ERROR, fix=fix)
    elif world.settings.domain != "cluster.local":
        message = f"The bootstrap of grpc-simple knows the domain cluster.local only, the cluster's is {world.settings.domain}."
        yield Hit(path, message, severity=Severity.ERROR, fix=fix)
    else:
        yield Hit(
            path,
            "grpc-simple reads xDS from istiod in plaintext and brings no certificates: no mTLS, no xDS servers.",
            fix=fix,
        )


RULE = Rule(
    code="PX110",
    slug="grpc-simple-template",
    summary="Pods use the template grpc-simple, which has neither certificates nor an authenticated stream.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=has_other_templates,
    check=check,
    needs=(TEMPLATES,),
    remedy="Use the template grpc-agent.",
    evidence=("istio grpc-simple template", "matrix grpc bootstrap.node", "failure mode A16"),
    fixes=("unsafe",),
)
