"""PX750: settings for the whole mesh in MeshConfig that proxyless workloads do not follow."""

from collections.abc import Iterator

from proxyless.lint.clients import grpc_clients, has_grpc_clients, unseen
from proxyless.lint.field_rows import concerns, keys_for, unsupported_rows
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field."""
    if not concerns("PX750", subject, world) or has_grpc_clients(world, world.settings.root_namespace) is Truth.NO:
        return
    doubt = unseen(world, world.settings.root_namespace, does="is in the mesh")
    for item in unsupported_rows("PX750", subject, world, grpc_clients(world)):
        yield item.hit([doubt] if doubt else [])


RULE = Rule(
    code="PX750",
    slug="mesh-config-field",
    summary="MeshConfig sets for the whole mesh what proxyless workloads do not follow.",
    severity=Severity.WARNING,
    kinds=("MeshConfig",),
    needs=keys_for("PX750"),
    check=check,
    remedy="Say it where gRPC reads it, as in DestinationRules, or do it in the application.",
    evidence=("matrix istio: the rows that name PX750",),
)
