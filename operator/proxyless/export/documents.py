"""What ``proxyless export admission`` writes: the policies and bindings that were asked for, and what to say before them."""

from collections.abc import Sequence
from typing import Any

from proxyless.export import delegation, validating
from proxyless.export.bindings import USUAL, BoundNamespaces, Label
from proxyless.export.mesh_owner import MeshOwner
from proxyless.export.statement import rules
from proxyless.export.statements import ALL, NOT_SAID
from proxyless.inject.settings import InjectionSettings
from proxyless.model.record import NamedTuple

_NOBODY = MeshOwner()
MUTATING_APIS = ("v1", "v1beta1")


class File(NamedTuple):
    """One part of the export."""

    name: str
    head: tuple[str, ...]
    """Lines of the comment at its head."""
    documents: tuple[dict[str, Any], ...]


def validating_file(
    codes: Sequence[str] = (), places: Sequence[BoundNamespaces] = USUAL, owner: MeshOwner = _NOBODY
) -> File:
    """Policies of rules.

    Args:
        codes: of these alone; a prefix with a star stands for several.
        places: where, and what follows there.
        owner: what the mesh's owner says.
    """
    chosen = [statement for statement in ALL if not codes or _fits(statement.code, codes)]
    strict = validating.strict_label(places)
    made: list[dict[str, Any]] = []
    for statement in chosen:
        bound = [place._replace(actions=owner.actions(statement.code, place)) for place in places]
        made.append(validating.policy(statement, strict, owner.excuses(statement.code)))
        made += (validating.binding(statement, place) for place in bound if place.actions)
    head = [
        "Rules that the request alone proves, as the API server enforces them by itself, with or without our webhook.",
        *(f"{statement.code}: {statement.rule.summary}" for statement in chosen),
        *_left_out(codes),
        *owner.remarks([statement.code for statement in chosen]),
    ]
    return File("validating.yaml", tuple(head), tuple(made))


def mutating_file(version: str = "v1", label: Label | None = None, settings: InjectionSettings | None = None) -> File:
    """The policy of injection by delegation; ``label``: of namespaces, in place of the usual ones."""
    told = settings or InjectionSettings()
    documents = (delegation.policy(told, version), delegation.binding(version, label))
    return File("mutating.yaml", delegation.HEAD, documents)


def unknown(codes: Sequence[str]) -> list[str]:
    """Those of the codes that no rule has."""
    return [code for code in codes if not any(_fits(known, [code]) for known in rules())]


def _left_out(codes: Sequence[str]) -> list[str]:
    """What is asked for, or denies, and is not written, with the reason."""
    said = {statement.code for statement in ALL}
    lines = []
    for code, rule in rules().items():
        if code in said or not (_fits(code, codes) if codes else rule.deny):
            continue
        others = ", ".join(rule.reads) or "who runs in the mesh"
        reason = NOT_SAID.get(code) or f"it rests on more than the request ({others}), and only warns"
        lines.append(f"{code} is not written: {reason}.")
    return (
        lines
        if codes
        else [*lines, "All other rules rest on more than the request; webhook, operator and lint tell of them."]
    )


def _fits(code: str, wanted: Sequence[str]) -> bool:
    return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in wanted)
