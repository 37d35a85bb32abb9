"""One meaning per name: a public class or type alias is defined in one module of the product only."""

import ast
from collections import defaultdict
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "operator" / "proxyless"

SAME_IN_EACH = {
    "Metrics": "the counters of one process; each of the two processes has its own",
    "Options": "the flags of one process; likewise",
    "Replica": "the wired parts of one process; likewise",
    "Values": "what report/*_v1.py made, as the text beside it reads it",
}
"""Names that several modules define with one meaning, and which."""


def defined() -> dict[str, list[str]]:
    """Modules by the public class or alias that they define. Type variables are local to their module."""
    found = defaultdict(list)
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if name := _name(node):
                found[name].append(str(file.relative_to(SOURCE)))
    return found


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.ClassDef):
        name = node.name
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        call = node.value.func if isinstance(node.value, ast.Call) else None
        name = "" if isinstance(call, ast.Name) and call.id == "TypeVar" else node.targets[0].id
    else:
        name = ""
    return name if name[:1].isupper() and not name.isupper() else ""


def test_a_name_is_defined_once() -> None:
    found = defined()
    assert len(found) > 300
    several = {name: modules for name, modules in found.items() if len(modules) > 1 and name not in SAME_IN_EACH}
    assert several == {}, "name each by what it is, in the terms of gRPC, Istio and Kubernetes"


def test_excused_names_are_defined_several_times() -> None:
    found = defined()
    assert [name for name in SAME_IN_EACH if len(found[name]) < 2] == []
