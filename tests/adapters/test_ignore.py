"""Patterns of --exclude and .gitignore: git's own answer, and which of several counts."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.adapters.ignore import Ignore

PATHS = [
    "a",
    "b.yaml",
    "a/b.yaml",
    "a/c/b.yaml",
    "c/a",
    "c/a/b.yaml",
    "a/x[1].yaml",
    "ab",
    "a/c/d/e/f.yaml",
    "#x",
    "!x",
]


def git_ignores(folder: Path, patterns: str, path: str) -> bool:
    """What git says of a path whose parents are not ignored."""
    (folder / ".gitignore").write_text(patterns)
    command = ["git", "-C", str(folder), "check-ignore", "-q", "--no-index", path]
    return subprocess.run(command, check=False).returncode == 0


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def compared(folder: Path, patterns: str) -> None:
    for path in PATHS:
        parents = [str(parent) for parent in Path(path).parents if str(parent) != "."]
        expected = git_ignores(folder, patterns, path)
        ignore = Ignore().inside(str(folder))
        ours = ignore.leaves_out(str(folder / path), folder=False) or any(
            ignore.leaves_out(str(folder / parent), folder=True) for parent in parents
        )
        assert ours is expected, (patterns, path)


@pytest.mark.parametrize(
    "patterns",
    ["b.yaml", "/b.yaml", "a/b.yaml", "a/", "c/a/", "a/*", "a/**", "**/b.yaml", "a/**/b.yaml", "*.yaml", "?", "[ab]", "[!a]b",
     "*.yaml\n!b.yaml", "x\\[1\\].yaml", "# a\n\n", "\\#x", "\\!x", "a  ", "**", "*", "a*", "/*", "c/**/a"],
)  # fmt: skip
def test_as_git_does(repository: Path, patterns: str) -> None:
    compared(repository, patterns)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "c", "*", "**", "/", "?", ".yaml", "[ab]"]), min_size=1, max_size=5).map(
        "".join
    )
)
def test_as_git_does_for_any(repository: Path, pattern: str) -> None:
    compared(repository, pattern)


@given(st.text(max_size=12))
def test_never_raises(pattern: str) -> None:
    Ignore.for_folder("/x", [pattern]).leaves_out("/x/y/z.yaml", folder=False)


def test_the_repository_above_counts_and_the_command_line_has_the_last_word(repository: Path) -> None:
    (repository / ".gitignore").write_text("gone.yaml\n")
    inner = repository / "inner"
    inner.mkdir(exist_ok=True)
    (inner / ".gitignore").write_text("!kept.yaml\n")
    ignore = Ignore.for_folder(str(inner), ["kept.yaml"]).inside(str(inner))
    assert ignore.leaves_out(str(inner / "gone.yaml"), folder=False)
    assert ignore.leaves_out(str(inner / "kept.yaml"), folder=False)
    assert not ignore.leaves_out(str(inner / "other.yaml"), folder=False)
