"""The files of a git revision in a folder of their own. Called by ``lint --diff-base``.

The repository is only read: the revision is written by an index of its own into a temporary folder.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from proxyless.errors import InputError

_SECONDS = 120


@contextmanager
def tree_of(revision: str) -> Iterator[tuple[str, str]]:
    """The files of a revision while this lasts: the repository's top, and the folder that stands in its place.

    Raises:
        InputError: this is no repository, it has no such revision, or git is not there.
    """
    top = _git(["rev-parse", "--show-toplevel"], "--diff-base works in a git repository").strip()
    commit = _git(
        ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}"],
        f"the repository has no revision {revision!r}; fetch it first, in CI by a checkout with the whole history",
    ).strip()
    with TemporaryDirectory(prefix="proxyless-base-") as name:
        folder = str(Path(name).resolve() / "tree")
        env = {**os.environ, "GIT_INDEX_FILE": str(Path(name) / "index")}
        _git(["-C", top, "read-tree", commit], "the revision cannot be read", env)
        _git(["-C", top, "checkout-index", "--all", f"--prefix={folder}/"], "the revision cannot be written", env)
        Path(folder).mkdir(exist_ok=True)
        (Path(folder) / ".git").mkdir()  # its .gitignore files count from here, as in the repository
        yield top, folder


def _git(arguments: list[str], what: str, env: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607  as the user's shell finds it
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=env,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"{what}: git cannot be run ({error})") from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise InputError(f"{what}{f' ({said})' if said else ''}")
    return os.fsdecode(done.stdout)
