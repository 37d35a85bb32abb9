"""Files that come with the Go modules which `modules/cluster/go.mod` pins, such as CRDs: never a copy in this repository.

They are copied into the lab's cache once, so that later runs need neither Go nor its module cache. Called by `lab.crds`,
`lab.nodes` and whatever else needs a file of a pinned version.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

from lab.build import go_command
from lab.build_remedy import remedy
from lab.errors import LabError, PartError
from lab.parts import MODULES, cache

_PINS = MODULES / "cluster"


def module_files(module: str, inside: str) -> list[Path]:
    """The file `inside` of a module, or the YAML files of that folder and those below it, sorted.

    Raises PartError where the module cannot be downloaded, with what to do.
    """
    folder = place_of(module, inside)
    if not folder.is_dir():
        _copy(Path(_download(module)) / inside, folder)
    return sorted(file for file in folder.rglob("*") if file.is_file())


def place_of(module: str, inside: str) -> Path:
    """Folder of the cache that holds them, whether it is there or not."""
    return cache() / "files" / f"{module}@{version(module)}".replace("/", "_") / inside.replace("/", "_")


def version(module: str) -> str:
    """Version of a Go module that the cluster module pins, such as `v1.31.1`."""
    pinned = re.search(rf"^\s*{re.escape(module)} (v\S+)", (_PINS / "go.mod").read_text(), re.MULTILINE)
    if pinned is None:
        raise LabError(f"{_PINS / 'go.mod'} does not require {module}")
    return pinned.group(1)


def _download(module: str) -> str:
    command = [go_command(f"files of {module}", _PINS), "mod", "download", "-json", module]
    done = subprocess.run(command, cwd=_PINS, capture_output=True, text=True, check=False, timeout=600)
    try:
        answer: dict[str, str] = json.loads(done.stdout)
        return answer["Dir"]
    except (ValueError, KeyError):
        output = done.stdout + done.stderr
        shown = "\n".join(output.splitlines()[-20:])
        line = f"cd {_PINS} && {' '.join(command)}"
        raise PartError(
            f"files of {module}", "cannot be downloaded", remedy(output), command=line, output=shown
        ) from None


def _copy(source: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    files = [source] if source.is_file() else list(source.rglob("*.yaml"))
    if not files:
        raise LabError(f"{source} has no YAML files: does the pinned version of its module still keep them there?")
    for file in files:
        place = unfinished / (file.name if file == source else file.relative_to(source))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    try:
        unfinished.rename(target)
    except OSError:  # another run was faster
        shutil.rmtree(unfinished, ignore_errors=True)
