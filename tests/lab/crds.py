"""CRDs of Istio and of the Gateway API: where the files are, and putting them on an API server.

The files come from the Go modules that `modules/cluster/go.mod` pins, never from a copy in this repository. They are
copied into the lab's cache once, so that later runs need neither Go nor its module cache.
Called by `lab.controlplane` (which installs Istio's unless told otherwise), tests and benchmarks.
"""

import json
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from lab.api import APPLY, Api, wait_until
from lab.build import go_command
from lab.build_remedy import remedy
from lab.errors import LabError, PartError
from lab.parts import MODULES, cache

_SOURCES = {
    "istio": ("istio.io/api", "kubernetes/customresourcedefinitions.gen.yaml"),
    "gateway": ("sigs.k8s.io/gateway-api", "config/crd/standard"),
}
_GROUP = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def files(name: str) -> list[Path]:
    """CRD files of `istio` or `gateway` (standard channel). Raises PartError where they cannot be had."""
    if name not in _SOURCES:
        raise LabError(f"no CRDs called {name!r}; there are {', '.join(_SOURCES)}")
    module, inside = _SOURCES[name]
    folder = cache() / "crds" / f"{module.replace('/', '_')}@{version(module)}"
    if not folder.is_dir():
        _copy(Path(_download(module)) / inside, folder)
    return sorted(folder.glob("*.yaml"))


def version(module: str) -> str:
    """Version of a Go module that the cluster module pins, such as `v1.31.1`."""
    pinned = re.search(rf"^\s*{re.escape(module)} (v\S+)", (MODULES / "cluster" / "go.mod").read_text(), re.MULTILINE)
    if pinned is None:
        raise LabError(f"{MODULES / 'cluster' / 'go.mod'} does not require {module}")
    return pinned.group(1)


def install(api: Api, name: str, *, timeout: float = 30) -> list[str]:
    """Apply the CRDs of `istio` or `gateway` and wait until each is established and served; returns their names."""
    documents = {_name(text): text for file in files(name) for text in _documents(file)}
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda item: _apply(api, *item), documents.items()))
    deadline = time.monotonic() + timeout
    for crd in documents:
        wait_until(f"CRD {crd} established", partial(_is_served, api, crd), timeout=deadline - time.monotonic())
    return sorted(documents)


def _apply(api: Api, crd: str, text: str) -> None:
    api.request("PATCH", f"{_GROUP}/{crd}?fieldManager=lab&force=true", text, content=APPLY)


def _is_served(api: Api, crd: str) -> bool:
    """Established and also answered: the API server serves a kind a moment after it says that it is established."""
    found: dict[str, Any] = api.request("GET", f"{_GROUP}/{crd}")
    conditions = found.get("status", {}).get("conditions") or ()  # null at first
    if not any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions):
        return False
    spec = found["spec"]
    for entry in spec["versions"]:
        if entry["served"]:
            api.request("GET", f"/apis/{spec['group']}/{entry['name']}/{spec['names']['plural']}?limit=1")
    return True


def _documents(file: Path) -> list[str]:
    texts = re.split(r"^---.*$", file.read_text(), flags=re.MULTILINE)
    return [text for text in texts if re.search(r"^kind: CustomResourceDefinition$", text, re.MULTILINE)]


def _name(text: str) -> str:
    found = re.search(r"^metadata:\n(?:[ ].*\n)*?  name: (\S+)$", text, re.MULTILINE)
    if found is None:
        raise LabError(f"a CRD without metadata.name: {text[:200]!r}")
    return found.group(1).strip("\"'")


def _download(module: str) -> str:
    folder = MODULES / "cluster"
    command = [go_command(f"CRDs of {module}", folder), "mod", "download", "-json", module]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    try:
        answer: dict[str, str] = json.loads(done.stdout)
        return answer["Dir"]
    except (ValueError, KeyError):
        output = done.stdout + done.stderr
        shown = "\n".join(output.splitlines()[-20:])
        raise PartError(
            f"CRDs of {module}", "cannot be downloaded", remedy(output), command=" ".join(command), output=shown
        ) from None


def _copy(source: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for file in [source] if source.is_file() else source.glob("*.yaml"):
        shutil.copyfile(file, unfinished / file.name)
    try:
        unfinished.rename(target)
    except OSError:  # another run was faster
        shutil.rmtree(unfinished, ignore_errors=True)
