"""CRDs of Istio and of the Gateway API: where the files are, and putting them on an API server.

Called by `lab.controlplane` (which installs Istio's unless told otherwise), tests and benchmarks.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from lab.api import APPLY, Api, wait_until
from lab.errors import LabError
from lab.modulefiles import module_files, place_of

_SOURCES = {
    "istio": ("istio.io/api", "kubernetes/customresourcedefinitions.gen.yaml"),
    "gateway": ("sigs.k8s.io/gateway-api", "config/crd/standard"),
}
_GROUP = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def files(name: str) -> list[Path]:
    """CRD files of `istio` or `gateway` (standard channel). Raises PartError where they cannot be had."""
    if name not in _SOURCES:
        raise LabError(f"no CRDs called {name!r}; there are {', '.join(_SOURCES)}")
    return module_files(*_SOURCES[name])


def are_there(name: str) -> bool:
    """Whether they are in the lab's cache already."""
    return place_of(*_SOURCES[name]).is_dir()


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
