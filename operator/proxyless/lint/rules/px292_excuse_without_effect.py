"""PX292: an excuse that excuses nothing: its author believes that a finding is accepted, and readers look for it in vain.

What the object alone shows is judged here. That no rule has the code, that an excuse ended, or that nothing is found any more,
is known to who has all rules, the time and all findings: the command line, which says it by this rule too (``lint.waivers``).
"""

from collections.abc import Iterator

from proxyless.lint.excuse_texts import excuse_texts
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.select import IGNORE
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per entry of the annotation that cannot have an effect."""
    said = subject.annotations.get(IGNORE)
    for entry in excuse_texts(str(said)) if said else ():
        if why := entry.why_not:
            name = f"The excuse of {entry.code}" if entry.code else "An entry of the annotation"
            yield Hit(("metadata", "annotations", IGNORE), f"{name} {why}.")


RULE = Rule(
    code="PX292",
    slug="excuse-without-effect",
    summary="An excuse names no rule, gives no reason, has ended, or excuses nothing that is found.",
    severity=Severity.WARNING,
    kinds=(
        "VirtualService",
        "DestinationRule",
        "ServiceEntry",
        "Sidecar",
        "WorkloadEntry",
        "EnvoyFilter",
        "PeerAuthentication",
        "AuthorizationPolicy",
        "RequestAuthentication",
        "Telemetry",
        "WasmPlugin",
        "TrafficExtension",
        "HTTPRoute",
        "GRPCRoute",
        "BackendTLSPolicy",
        "XBackendTrafficPolicy",
        "Service",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "CronJob",
        "Pod",
        "ReplicationController",
        "Rollout",
    ),
    check=check,
    needs=(IGNORE,),
    remedy="Write `CODE=reason` with the code of the finding, or remove the entry.",
    evidence=("proxyless lint/select.py ignored_codes",),
    alone=True,
)
