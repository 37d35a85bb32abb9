"""PX107: Istio's agent has no securityContext, so a namespace that enforces the restricted standard refuses the pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.lint.gates import has_templates
from proxyless.lint.not_known import NotKnown
from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource, mapping, sequence

ENFORCE = "pod-security.kubernetes.io/enforce"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template whose injected agent the namespace refuses."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates or injected_by_us(workload, world):
        return
    namespace = world.get("Namespace", "", workload.namespace)
    if namespace is None:
        raise NotKnown("Namespace", workload.namespace)
    if namespace.labels.get(ENFORCE) != "restricted":
        return
    agent = workload.pod.agent
    missing = _missing(agent.raw if agent is not None else {}, mapping(workload.spec.get("securityContext")))
    if missing:
        message = f"Namespace {workload.namespace} enforces restricted, the injected agent lacks {', '.join(missing)}: no pod is made."
        yield Hit(workload.metadata_path("annotations", TEMPLATES), message)


def _missing(agent: Mapping[str, Any], pod: Mapping[str, Any]) -> list[str]:
    """Settings of the restricted standard that neither the user's container for the agent nor the pod makes."""
    own = mapping(agent.get("securityContext"))
    profile = mapping(own.get("seccompProfile") or pod.get("seccompProfile")).get("type")
    dropped = sequence(mapping(own.get("capabilities")).get("drop"))
    tests = {
        "allowPrivilegeEscalation: false": own.get("allowPrivilegeEscalation") is False,
        "capabilities.drop: [ALL]": "ALL" in dropped,
        "runAsNonRoot: true": own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True,
        "seccompProfile": profile in ("RuntimeDefault", "Localhost"),
    }
    return [name for name, fulfilled in tests.items() if not fulfilled]


RULE = Rule(
    code="PX107",
    slug="restricted-pod-security",
    summary="The namespace enforces the restricted standard, which Istio's agent does not meet.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=has_templates,
    check=check,
    needs=(TEMPLATES,),
    remedy="Add a container istio-proxy with image: auto and these settings in its securityContext; the injector merges it. Our own injector does it.",
    evidence=("istio grpc-agent template has no securityContext", "failure mode A11"),
    reads=("Namespace",),
)
