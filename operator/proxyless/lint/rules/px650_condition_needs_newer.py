"""PX650: conditions of policies that gRPC servers know, but not the library or the Istio in use."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, targets_gateways
from proxyless.lint.field_rows import concerns, keys_for, unsupported_rows
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.matrix.judgment import Judgment
from proxyless.mesh.selector import match_labels
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition that a selected server does not know."""
    if not concerns("PX650", subject, world):
        return
    if action_of(subject) not in ("ALLOW", "DENY") or targets_gateways(subject):
        return
    workloads = grpc_workloads(world, subject.namespace, match_labels(subject))
    clients = tuple(dict.fromkeys(map(world.client_of, workloads)))
    for item in unsupported_rows("PX650", subject, world, clients, _is_mine):
        mine = [workload for workload in workloads if world.client_of(workload) in item.harmed]
        yield item.hit(concerned=mine)


def _is_mine(answer: Judgment) -> bool:
    """A library without any policies is PX614's to tell."""
    return "filter.rbac" not in answer.features and "no xDS server" not in answer.reason


RULE = Rule(
    code="PX650",
    slug="condition-needs-newer",
    summary="A policy has a condition that the selected server's library, or this Istio, does not know.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    needs=keys_for("PX650"),
    check=check,
    remedy="Upgrade what is too old, or leave the condition out.",
    evidence=("matrix istio: the rows that name PX650", "matrix grpc rbac.permissions"),
)
