"""Finds DestinationRules for a host that a client does not get, with the field that hides each. For rules; creates no findings."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from proxyless.lint.destinations import WILDCARD, host_of_rule, rules_by_host
from proxyless.lint.world import World
from proxyless.mesh.host import covers, service_of
from proxyless.mesh.merge import client_selector, export_to, is_visible
from proxyless.mesh.selector import selects
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource


class ConfigRecipient(Protocol):
    """A class of proxyless clients, or a gateway."""

    @property
    def namespace(self) -> str:
        """Namespace of its pods."""

    @property
    def labels(self) -> Mapping[str, object]:
        """Labels of its pods, as far as selectors look at them."""


class Gateway(NamedTuple):
    """A gateway's pods, which no selector is taken to select."""

    namespace: str
    labels: Mapping[str, object] = MappingProxyType({})


class Hiding(NamedTuple):
    """A rule that a client does not get, and why."""

    rule: Resource
    path: FieldPath
    why: str
    """Reads after "the rule"."""

    @property
    def words(self) -> str:
        """For a sentence about another object."""
        return f"{self.rule.ref} is for it, but {self.why}"


def hidden_from(world: World, host: str, client: ConfigRecipient) -> tuple[Hiding, ...]:
    """Rules for a host, in the places where istiod looks for this client, that a field of theirs keeps from it."""
    rules = rules_by_host(world)
    wide = (rule for rule in rules.get(WILDCARD) if covers(host_of_rule(rule, world), host))
    found = (hiding(rule, host, client, world) for rule in (*rules.get(host), *wide))
    return tuple(item for item in found if item is not None)


def hiding(rule: Resource, host: str, client: ConfigRecipient, world: World) -> Hiding | None:
    """What keeps a rule for a host from a client; None where nothing does, or istiod looks elsewhere for it."""
    root, home = world.settings.root_namespace, service_of(host, world.settings.domain)
    if rule.namespace not in (client.namespace, root) and home is not None and rule.namespace != home.namespace:
        return None
    wanted = client_selector(rule)
    if wanted is not None:
        if rule.namespace != client.namespace:
            return Hiding(rule, ("spec", "workloadSelector"), "its workloadSelector keeps it to its own namespace")
        missed = not selects(wanted, client.labels)
        path: FieldPath = ("spec", "workloadSelector", "matchLabels")
        return Hiding(rule, path, "its workloadSelector does not select them") if missed else None
    export = export_to(rule)
    shown = ", ".join(sorted(export))
    if not is_visible(export, rule.namespace, client.namespace):
        return Hiding(rule, ("spec", "exportTo"), f"its exportTo ({shown}) leaves out namespace {client.namespace}")
    if rule.namespace == client.namespace == root and "." in export and len(export) > 1 and not export & {"*", root}:
        why = f"its exportTo ({shown}) with `.` beside others does not reach the root namespace's own clients"
        return Hiding(rule, ("spec", "exportTo"), why)
    return None
