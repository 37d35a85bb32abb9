"""Preconditions that many rules share (``Rule.gate``); the engine evaluates each once per object.

Where an answer is False the rules that have the gate stay silent, so each must be a condition of all their hits, and of
what they raise; a test compares.
"""

from proxyless.lint.clients import grpc_clients
from proxyless.lint.destinations import WILDCARD, destination_rules, host_of_rule, rules_by_host, services_by_host
from proxyless.lint.pods import AGENT
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.workload import dialed
from proxyless.model.client import Language
from proxyless.model.resource import Resource


def is_grpc_workload(subject: Resource, world: World) -> bool:
    """Whether an object holds a workload that is proxyless by gRPC."""
    workload = world.workload(subject)
    return workload is not None and is_grpc(world, workload)


def dials(subject: Resource, world: World) -> bool:
    """Whether an object holds such a workload that names a target after ``xds:///``."""
    workload = world.workload(subject)
    return workload is not None and bool(dialed(workload)) and is_grpc(world, workload)


def has_templates(subject: Resource, world: World) -> bool:
    """Whether an object holds a workload that names injection templates."""
    workload = world.workload(subject)
    return workload is not None and bool(workload.templates)


def has_no_templates(subject: Resource, world: World) -> bool:
    """Whether an object holds a workload that names no injection templates."""
    workload = world.workload(subject)
    return workload is not None and not workload.templates


def has_other_templates(subject: Resource, world: World) -> bool:
    """Whether an object holds a workload that names another template than the agent's, or several."""
    workload = world.workload(subject)
    return workload is not None and workload.templates not in ((), (AGENT,))


def lacks_agent(subject: Resource, world: World) -> bool:
    """Whether an object holds a workload that does not name the agent's template."""
    workload = world.workload(subject)
    return workload is not None and AGENT not in workload.templates


def is_contested(subject: Resource, world: World) -> bool:
    """Whether another DestinationRule of the mesh may be for the host of one."""
    host, rules = host_of_rule(subject, world), rules_by_host(world)
    if len(rules.get(host)) == 1 and not rules.get(WILDCARD):  # as nearly always
        return False
    return destination_rules(world, host).is_contested(host)


def lacks_service(subject: Resource, world: World) -> bool:
    """Whether no known Service has the host of a DestinationRule."""
    return host_of_rule(subject, world) not in services_by_host(world)


def speaks(world: World, *languages: Language) -> bool:
    """Whether a gRPC client is, or may be, written in one of the languages; for ``Rule.awake``."""
    return any(client.language is None or client.language in languages for client in grpc_clients(world))
