"""What a pod says of itself is read in ``mesh.pod`` alone: neither lint nor inject opens a container's lists or spells a mark."""

import ast
from pathlib import Path

from proxyless.mesh.pod import keys

SOURCE = Path(__file__).parents[2] / "operator" / "proxyless"
OURS = (keys.INJECT, keys.FRAMEWORK, keys.LANGUAGE, keys.GRPC_VERSION, keys.TARGETS, keys.SERVER, keys.XDS, keys.MODE)
MARKS = {
    *OURS,
    keys.MARK,
    keys.SIDECAR_INJECT,
    keys.TEMPLATES,
    keys.PROXY_CONFIG,
    keys.BOOTSTRAP,
    keys.BOOTSTRAP_CONFIG,
}
LISTS = {"env", "envFrom", "command", "args", "containers", "initContainers"}
"""Lists of a pod's spec and of a container that are read in one place."""


def _read(node: ast.AST) -> str:
    """The key that an expression reads from a mapping, empty for all others."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        key: ast.AST = node.args[0]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        key = node.slice
    else:
        return ""
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def test_lint_and_inject_leave_pods_to_the_one_reading() -> None:
    found = []
    for folder in ("lint", "inject", "controller", "webhook"):
        for path in sorted((SOURCE / folder).rglob("*.py")):
            if path.name == "index.py":  # written from the rules
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                place = f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"
                if (name := _read(node)) in LISTS and not ast.unparse(node).startswith(
                    "work.agent"
                ):  # what inject makes
                    found.append(f"{place} reads {name}: ask mesh.pod.pod, variables or targets")
                if isinstance(node, ast.Constant) and node.value in MARKS:
                    found.append(f"{place} spells {node.value}: mesh.pod.keys has it, and mesh.pod reads it")
    assert found == []
