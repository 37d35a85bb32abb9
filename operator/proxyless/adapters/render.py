"""Runs ``kustomize build`` (or kubectl's) and ``helm template`` on a folder and returns the manifests that they print.

Called by ``rendered_folders`` with folders that need nothing but what is on this disk. Runs the tool that is found in PATH, with a
limit on time; it gets no network by us, since nothing remote is ever handed to it.
"""

import os

from proxyless.model.record import NamedTuple

SECONDS = 60
"""Longest run of a tool for one folder."""
_WORDS = 300
"""Characters that are kept of what a tool complains."""


class Rendered(NamedTuple):
    """Output of a tool, or the reason why there is none."""

    text: str = ""
    failure: str = ""
    missing: bool = False
    """No tool for it is in PATH."""


def kustomization(folder: str) -> Rendered:
    """Build a kustomization."""
    from shutil import which  # noqa: PLC0415  most runs need no tool

    if tool := which("kustomize"):
        return _run([tool, "build", folder])
    if tool := which("kubectl"):
        return _run([tool, "kustomize", folder])
    return Rendered(failure="neither kustomize nor kubectl is in PATH", missing=True)


def chart(folder: str) -> Rendered:
    """Render a chart with its own values."""
    from shutil import which  # noqa: PLC0415  most runs need no tool

    if tool := which("helm"):
        return _run([tool, "template", "release", folder])
    return Rendered(failure="helm is not in PATH", missing=True)


def _run(command: list[str]) -> Rendered:
    import subprocess  # noqa: PLC0415  most runs need no tool

    name = f"{os.path.basename(command[0])} {command[1]}"  # noqa: PTH119
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Rendered(failure=f"{name} did not end within {SECONDS} s")
    except OSError as error:
        return Rendered(failure=f"{name} cannot be run: {error.strerror}")
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        return Rendered(failure=f"{name} ended with {done.returncode}: {said[-_WORDS:]}")
    return Rendered(done.stdout.decode("utf-8", "replace"))
