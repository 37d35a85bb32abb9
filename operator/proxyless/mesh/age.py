"""Which of several objects is the oldest, since istiod settles most conflicts by age."""

from proxyless.model.resource import Resource, mapping

NEWEST = "~"
"""Sorts after every timestamp: an object without one is not created yet."""


def created(resource: Resource) -> str:
    """``metadata.creationTimestamp`` as text, empty where the object has none (files, objects about to be created)."""
    return str(mapping(resource.body.get("metadata")).get("creationTimestamp") or "")


def age_order(resource: Resource) -> tuple[str, str, str]:
    """Sort key, oldest first; equal times fall back to name, then namespace.

    Times have whole seconds, so objects applied together often tie. Source: istiod's ``sortConfigByCreationTime``.
    """
    return created(resource) or NEWEST, resource.name, resource.namespace


def ages_known(*resources: Resource) -> bool:
    """Whether the order by age is certain: at most one of the objects is not created yet."""
    return sum(not created(item) for item in resources) <= 1
