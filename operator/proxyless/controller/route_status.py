"""Our entries in ``status.parents`` of Gateway API routes. Pure; called by ``controller.plan``, ``writer`` and ``cleanup``.

Each controller has an entry of its own for each parent, told apart by ``controllerName``. Entries of others stay as and where
they are, whatever they hold.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxyless.lint.routes import mesh_parents
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.report.condition import TYPE

CONTROLLER = "proxyless.dev/operator"
"""``controllerName`` of our entries."""
MOST = 32
"""Entries that the API server takes, of all controllers together."""


def is_ours(entry: object) -> bool:
    """Whether an entry of ``status.parents`` is one that we wrote."""
    return mapping(entry).get("controllerName") == CONTROLLER


def parents_of(route: Resource, *, finds: bool) -> list[dict[str, Any]]:
    """Entries of ``parentRefs`` that our condition is for, each once.

    Args:
        route: as it is now.
        finds: whether there are findings about the route. Where there are none, only parents in the mesh matter:
            what is attached to a Gateway alone is Envoy's.
    """
    chosen = list(mesh_parents(route))
    if finds and not chosen:
        chosen = [mapping(entry) for entry in sequence(route.spec.get("parentRefs"))]
    return [entry for index, entry in enumerate(chosen) if entry and entry not in chosen[:index]]


def planned(
    route: Resource,
    references: Sequence[Mapping[str, Any]],
    make: Callable[[Mapping[str, Any] | None], dict[str, Any]],
) -> dict[str, Any] | None:
    """Fields of ``status`` to write so that these parents have our condition and no others do; None: nothing.

    Args:
        route: as it is now.
        references: entries of ``parentRefs``; none removes what we wrote.
        make: the condition, given the one that is there for the same parent.
    """
    present = sequence(mapping(route.body.get("status")).get("parents"))
    before = {index: mapping(entry) for index, entry in enumerate(present) if is_ours(entry)}
    entries: list[Any] = list(present)
    added: list[dict[str, Any]] = []
    for reference in references:
        place = next((at for at, entry in before.items() if entry.get("parentRef") == reference), None)
        previous = None if place is None else _condition(before.pop(place))
        made = {"parentRef": dict(reference), "controllerName": CONTROLLER, "conditions": [make(previous)]}
        if place is None:
            added.append(made)
        else:
            entries[place] = made
    kept = [entry for at, entry in enumerate(entries) if at not in before]
    wanted = [*kept, *added[: max(0, MOST - len(kept))]]
    return None if wanted == present else {"parents": wanted}


def _condition(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((item for item in map(mapping, sequence(entry.get("conditions"))) if item.get("type") == TYPE), None)
