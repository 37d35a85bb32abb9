"""What tests import from the product exists. Types of tests are not checked, so a rename would only be seen when a test is run."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_tests_import_names_that_exist() -> None:
    asked = {
        (file, node.module, alias.name)
        for file in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("proxyless")
        for alias in node.names
    }
    assert len(asked) > 500
    exists = {(module, name): _exists(module, name) for _, module, name in asked}
    lost = sorted(
        f"{file.relative_to(TESTS)}: {module}.{name}" for file, module, name in asked if not exists[module, name]
    )
    assert lost == []


def _exists(module: str, name: str) -> bool:
    try:
        found = import_module(module)
        return hasattr(found, name) or find_spec(f"{module}.{name}") is not None
    except ModuleNotFoundError:
        return False
