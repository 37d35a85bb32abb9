"""A fix as a kubectl command, for objects that are in a cluster and in no file. Pure; called by ``lint --cluster --fix``."""

import json
import shlex
from typing import Any

from proxyless.model.finding import Finding
from proxyless.model.fix import Drop, FieldEdit, Put, changed, emptied
from proxyless.model.kinds import KINDS
from proxyless.model.path import FieldPath, get
from proxyless.model.resource import Resource


def patch_command(finding: Finding, subject: Resource) -> str:
    """One line for a shell, with what it is for as a comment above it.

    The patch asks first whether the fields still say what was judged: else the API server refuses it.
    """
    assert finding.fix is not None  # noqa: S101  callers give findings with one
    kind = KINDS[subject.kind]
    name = f"{subject.kind.lower()}.{kind.group}" if kind.group else subject.kind.lower()
    namespace = f" --namespace={shlex.quote(subject.namespace)}" if subject.namespace else ""
    patch = shlex.quote(json.dumps(operations(subject.body, finding.fix.changes)))
    return (
        f"# {finding.code} {finding.slug}: {finding.ref}\n"
        f"kubectl patch {name}/{shlex.quote(subject.name)}{namespace} --type=json --patch={patch}"
    )


def operations(body: Any, changes: tuple[FieldEdit, ...]) -> list[dict[str, Any]]:
    """Changes of an object as a JSON patch (RFC 6902).

    Raises:
        NotThere: a change does not fit the object.
    """
    made: list[dict[str, Any]] = []
    for change in changes:
        after = changed(body, (change,))
        match change:
            case Put(path, _):
                made += _put(body, after, path)
            case Drop(path):
                whole = emptied(body, path)
                made += [_test(body, whole), {"op": "remove", "path": _pointer(whole)}]
            case _:
                new = (*change.path[:-1], change.key)
                moved = {"op": "move", "from": _pointer(change.path), "path": _pointer(new)}
                made += [_test(body, change.path), moved]
        body = after
    return made


def _put(body: Any, after: Any, path: FieldPath) -> list[dict[str, Any]]:
    """A value at the deepest place that is not there yet, for a patch makes no parents."""
    if get(body, path) is not None:
        return [_test(body, path), {"op": "replace", "path": _pointer(path), "value": get(after, path)}]
    depth = next(at for at in range(1, len(path) + 1) if get(body, path[:at]) is None)
    there = path[:depth]
    return [{"op": "add", "path": _pointer(there), "value": get(after, there)}]


def _test(body: Any, path: FieldPath) -> dict[str, Any]:
    return {"op": "test", "path": _pointer(path), "value": get(body, path)}


def _pointer(path: FieldPath) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
