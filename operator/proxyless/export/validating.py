"""Statements as ValidatingAdmissionPolicies (``admissionregistration.k8s.io/v1``) with their bindings."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from proxyless.export.bindings import DENY, STRICT, BoundNamespaces, Label, selector
from proxyless.export.cel import string, text
from proxyless.export.mesh_owner import excused
from proxyless.export.statement import Statement
from proxyless.lint.select import IGNORE, Exemption
from proxyless.model.kinds import KINDS

API = "admissionregistration.k8s.io/v1"
LABELS = {"app.kubernetes.io/part-of": "proxyless"}
RULE = "proxyless.dev/rule"
"""Label of a policy and of its bindings: the code of its rule."""


def policy(statement: Statement, strict: Label | None = STRICT, exemptions: Sequence[Exemption] = ()) -> dict[str, Any]:
    """The policy of one rule.

    Args:
        statement: what it says.
        strict: the namespaces where its bindings deny, None where none does.
        exemptions: exceptions by the mesh's owner, which hold everywhere.
    """
    exempt = excused(exemptions)
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name(statement), "labels": {**LABELS, RULE: statement.code}},
        "spec": {
            "failurePolicy": "Ignore",
            "matchConstraints": {"matchPolicy": "Equivalent", "resourceRules": list(_resources(statement.kinds))},
            "variables": [
                {"name": key, "expression": expression} for key, expression in _variables(statement, strict).items()
            ],
            "validations": [
                {
                    "expression": "variables.now.all(group, group.size() == 0) ||\n"
                    "has(object.metadata.deletionTimestamp) || (variables.strict ? !variables.brings : variables.excused)"
                    + (f" ||\n{exempt}" if exempt else ""),
                    "reason": "Forbidden",
                    "message": f"{statement.rule.summary} ({_hint(statement)})",
                    "messageExpression": _message(statement),
                }
            ],
        },
    }


def name(statement: Statement) -> str:
    """Name of its policy."""
    return f"{statement.code.lower()}.proxyless.dev"


def binding(statement: Statement, place: BoundNamespaces) -> dict[str, Any]:
    """What binds a rule's policy to namespaces."""
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {
            "name": f"{statement.code.lower()}.{place.name}.proxyless.dev",
            "labels": {**LABELS, RULE: statement.code},
        },
        "spec": {
            "policyName": name(statement),
            "validationActions": list(place.actions),
            "matchResources": {"namespaceSelector": selector(place)},
        },
    }


def strict_label(places: Sequence[BoundNamespaces]) -> Label | None:
    """The label of the namespaces where bindings deny, None where none does."""
    denying = next((place.requires[0] for place in places if place.actions == DENY), None)
    return None if denying is None else Label(denying["key"], denying["values"][0])


def _resources(kinds: Iterable[str]) -> Iterable[dict[str, Any]]:
    found = sorted((KINDS[kind].group, KINDS[kind].version, KINDS[kind].plural) for kind in kinds)
    for (group, version), served in groupby(found, key=lambda resource: resource[:2]):
        yield {
            "apiGroups": [group],
            "apiVersions": [version],
            "operations": ["CREATE", "UPDATE"],
            "resources": [plural for *_, plural in served],
            "scope": "Namespaced",
        }


def _variables(statement: Statement, strict: Label | None) -> dict[str, str]:
    return {
        "strict": "false"
        if strict is None
        else f"{string('namespaceObject', 'metadata', 'labels', strict.key)} == {text(strict.value)}",
        "excused": _excused(statement.code),
        "now": statement.places("object"),
        "before": f"oldObject == null ? [] :\n({statement.places('oldObject')})",
        "brings": _BRINGS,
        "fresh": _FRESH,
        "first": "(variables.fresh.size() > 0 ? variables.fresh : variables.now).filter(group, group.size() > 0)[0][0]",
    }


MOST_BEFORE = 32
"""Places of the fault in the object before, beyond which a change that adds none is not judged here: the comparison is quadratic."""
_SAME = "before.value == found.value"
_NOW, _BEFORE = (f"variables.{name}.map(group, group.size()).sum()" for name in ("now", "before"))
_BRINGS = f"""oldObject == null || {_NOW} > {_BEFORE} ? true :
variables.now == variables.before || {_BEFORE} > {MOST_BEFORE} ? false :
variables.now.exists(group, group.exists(found,
  variables.now.map(others, others.filter(before, {_SAME}).size()).sum()
  > variables.before.map(others, others.filter(before, {_SAME}).size()).sum()))"""
"""Whether this request brings any of the places: of some value, more than the object had before."""
_FRESH = f"""oldObject == null || !variables.strict || {_BEFORE} == 0 || {_BEFORE} > {MOST_BEFORE} ? variables.now :
variables.now.map(group, group.filter(found, !variables.before.exists(others, others.exists(before, {_SAME}))))
  .filter(group, group.size() > 0)"""
"""Places that the message may name: those of a value that the object did not have before, where there are any."""


def _excused(code: str) -> str:
    """Whether the object's own annotation excuses the rule, which counts where nothing is denied.

    CEL has no clock: an excuse that has expired still counts here, and the webhook and the operator tell of it.
    """
    entries = string("object", "metadata", "annotations", IGNORE)
    return (
        f'{entries}.split(";").map(entry, entry.split("=", 2)).exists(pair, '
        f'pair.size() == 2 && pair[0].trim() == "{code}" && pair[1].trim() != "")'
    )


def _message(statement: Statement) -> str:
    remedy = f"(variables.first.remedy != '' ? variables.first.remedy : {text(statement.rule.remedy)})"
    return (
        'object.kind + " " + request.namespace + "/" + object.metadata.?name.orValue(object.metadata.?generateName.orValue(""))'
        ' + ", " + variables.first.path + (variables.first.shown != "" ? " is " + variables.first.shown : "")'
        f' + ": " + variables.first.says + " Fix: " + {remedy} + " ({_hint(statement)})"\n'
        " + (variables.fresh.map(group, group.size()).sum() > 1"
        ' ? " ... and " + string(variables.fresh.map(group, group.size()).sum() - 1) + " more: run proxyless lint" : "")'
    )


def _hint(statement: Statement) -> str:
    return f"{statement.code}; proxyless explain {statement.code}"
