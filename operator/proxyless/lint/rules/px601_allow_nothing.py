"""PX601: an ALLOW policy without rules denies everything at a sidecar, and nothing at a proxyless server."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, reaching, targets_gateways
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.mesh.selector import match_labels, selects
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource, sequence

_NOBODY = "nobody.invalid/ns/none/sa/none"
"""A principal that no certificate of the mesh has."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where no other ALLOW policy makes the servers deny the rest."""
    if action_of(subject) != "ALLOW" or sequence(subject.spec.get("rules")):
        return
    condition = reaching(subject, world)
    if condition is None or _is_backed(subject, world):
        return
    path = ("spec", "rules") if "rules" in subject.spec else ("spec",)
    yield Hit(
        path,
        "This policy has no rules. A sidecar then denies all calls; a proxyless server gets no filter and allows all.",
        applies=condition,
        deny=False,
        fix=put(("spec", "rules"), [{"from": [{"source": {"principals": [_NOBODY]}}]}], safe=True),
    )


def _is_backed(subject: Resource, world: World) -> bool:
    """Whether each server that it selects has another ALLOW policy with a rule, which denies what no rule allows."""
    root = world.settings.root_namespace
    own = world.seen("AuthorizationPolicy", subject.namespace)
    others = [
        match_labels(policy)
        for policy in (*own, *world.seen("AuthorizationPolicy", root))
        if action_of(policy) == "ALLOW" and sequence(policy.spec.get("rules")) and not targets_gateways(policy)
    ]
    wanted = match_labels(subject)
    servers = grpc_workloads(world, subject.namespace, wanted)
    if not servers:
        return any(other.items() <= wanted.items() for other in others)
    return all(any(selects(other, server.labels) for other in others) for server in servers)


RULE = Rule(
    code="PX601",
    slug="allow-nothing",
    summary="An ALLOW policy without rules is meant to deny everything, and denies nothing.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy=(
        "Write one rule that nobody can meet: "
        "`rules: [{from: [{source: {principals: [nobody.invalid/ns/none/sa/none]}}]}]`; other ALLOW policies add to it."
    ),
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[] absent",
        "istio pilot/pkg/networking/grpcgen/lds.go buildRBAC",
    ),
    fixes=("safe",),
)
