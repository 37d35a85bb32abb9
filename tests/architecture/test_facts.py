"""Releases of libraries and of Istio stand in the feature table alone (design decision 14): no literal of one in code elsewhere.

Docstrings and comments explain and may name releases, and so may the ``evidence`` of a rule, which says what was run or
read. A text for people may show how a release is written, behind one of ``EXAMPLES``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "operator" / "proxyless"
RELEASE = re.compile(r"\d+\.\d+")
EXAMPLES = re.compile(r"(?:e\.g\.|for example|such as) .*", re.DOTALL)
NO_RELEASES = {
    "__init__.py": ("0.1.0",),  # our own
    "lint/rule.py": ("0.1.0",),  # our own
    "adapters/ads_node.py": ("127.0.0.1",),
    "process/health.py": ("version=0.0.4",),  # the format of metrics
    "cli/xds.py": ("0.0.0.0", "127.0.0.1"),
    "report/html_page.py": (".2rem", ".8rem", "16px/1.5"),  # measures of a page
    "report/junit.py": ('version="1.0"',),  # of XML
    "report/sarif.py": ("sarif-2.1.0", "2.1.0"),
    "webhook/tls.py": ("http/1.1",),
}
"""What looks like a release and is none, by file."""
PARSERS = ("Version", "Span", "span")


def _explaining(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings (also those of fields), and the evidence of rules."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr):
                yield statement.value
        if isinstance(node, ast.keyword) and node.arg == "evidence":
            yield from ast.walk(node.value)


def literals(text: str, allowed: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """Line and text of each constant that names a release, and of versions built of numbers."""
    tree = ast.parse(text)
    explaining = set(map(id, _explaining(tree)))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explaining:
            left = EXAMPLES.sub("", node.value)
            for piece in allowed:
                left = left.replace(piece, "")
            if RELEASE.search(left):
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.Call) and _makes_release(node):
            found.append((node.lineno, ast.unparse(node)))
    return found


def _makes_release(call: ast.Call) -> bool:
    named = isinstance(call.func, ast.Name) and call.func.id in PARSERS
    return named and any(isinstance(item, ast.Constant) and isinstance(item.value, int) for item in call.args)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SOURCE.rglob("*.py")) if path.relative_to(SOURCE).parts[0] != "matrix"],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_no_release_stands_in_code(path: Path) -> None:
    name = path.relative_to(SOURCE).as_posix()
    assert literals(path.read_text(encoding="utf-8"), NO_RELEASES.get(name, ())) == [], (
        "a row of the matrix, and a query"
    )


def test_excuses_are_still_needed() -> None:
    for name, pieces in NO_RELEASES.items():
        text = (SOURCE / name).read_text(encoding="utf-8")
        assert [piece for piece in pieces if piece not in text] == [], name
        assert literals(text), name


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ('X = Span.parse("1.29..")', True),
        ("X = Version(1, 29)", True),
        ('image: str = "docker.io/istio/proxyv2:1.31.0"', True),
        ('m = f"Istio {istio} does not, from 1.29 on it does"', True),
        ('Rule(remedy="Upgrade to 1.65.", evidence=("run with 1.64",))', True),
        ('Rule(remedy="Upgrade.", evidence=("run with 1.64",))', False),
        ('"""Since 1.29."""', False),
        ('class A:\n    b: int = 1\n    """As of 1.29."""', False),
        ('help = "a release, e.g. 1.31"', False),
        ('raise E("write for example 1.66.3")', False),
    ],
)
def test_the_search_finds_what_it_should(code: str, caught: bool) -> None:
    assert bool(literals(code)) is caught
