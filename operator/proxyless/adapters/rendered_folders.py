"""Builds the kustomizations and renders the Helm charts of the folders that are read; what cannot be built is left out and named.

Called by ``files`` where a walk met any. What is built stands for the files that it was made of: patches are no objects of
their own, and a base is judged as its overlays change it.
"""

# ruff: noqa: PTH118
# Names stay as the user wrote them.

import os
from collections.abc import Iterator

from proxyless.adapters import kustomizations
from proxyless.adapters import render as tools
from proxyless.adapters.folders import CHART, FolderContents, FoundPath
from proxyless.adapters.input_collector import InputCollector
from proxyless.adapters.kustomizations import Kustomization
from proxyless.errors import InputError
from proxyless.yamltext.segments import documents

_SOURCE = "# Source: "


def build(gathered: InputCollector, found: FolderContents) -> None:
    """Build the kustomizations; files that they name are then not read on their own."""
    every = [kustomizations.read(place) for place in found.kustomizations]
    plain: dict[str, None] = {}
    claimed = {path for item in every for path in item.claimed}
    for root in kustomizations.roots(every):
        whole = kustomizations.with_bases(root, every)
        claimed.update(path for item in whole for path in item.claimed)
        if not _built(gathered, root, whole):
            plain.update(dict.fromkeys(path for item in whole for path in item.resources))
    found.files[:] = [
        *(place for place in found.files if place.named or os.path.realpath(place.path) not in claimed),
        *(FoundPath(path, named=False) for path in plain),
    ]


def _built(gathered: InputCollector, root: Kustomization, whole: list[Kustomization]) -> bool:
    remote = [address for item in whole for address in item.remote]
    if remote:
        made = tools.Rendered(failure=f"it would fetch {remote[0]}, which a linter does not do")
    else:
        made = tools.kustomization(root.folder)
    if not made.failure:
        gathered.built += 1
        gathered.output(made.text, root.file, [path for item in whole for path in item.resources])
        return True
    gathered.leave_out(kustomizations=1)
    lost = any(item.changes for item in whole)
    if (root.named and lost) or (not remote and (lost or not made.missing)):
        remedy = (
            f"install kustomize or kubectl, or build it: kubectl kustomize {root.folder} | proxyless lint -"
            if made.missing or remote
            else "correct it, kubectl apply -k refuses it too"
        )
        told = f"this kustomization is not judged as it is built: {made.failure}; {remedy}"
        gathered.problems.append(InputError(told, where=root.file, line=1))
    else:
        gathered.notes.append(f"{root.file} is not built, its objects are judged as they stand: {made.failure}")
    return False


def render(gathered: InputCollector, found: FolderContents) -> None:
    """Render the charts with their own values."""
    missing = ""
    for place in found.charts:
        made = tools.chart(place.path)
        if not made.failure:
            gathered.rendered += 1
            for file, text in _by_source(made.text, place.path):
                gathered.output(text, file, built=False)
            continue
        gathered.leave_out(charts=1)
        if place.named:
            told = f"this Helm chart is not judged: {made.failure}; render it: helm template {place.path} | proxyless lint -"
            gathered.problems.append(InputError(told, where=os.path.join(place.path, CHART), line=1))
        elif made.missing:
            missing = made.failure
        else:
            gathered.notes.append(f"{os.path.join(place.path, CHART)} is not rendered: {made.failure}")
    if missing:
        gathered.notes.append(f"Helm charts are left out: {missing}")


def _by_source(text: str, folder: str) -> Iterator[tuple[str, str]]:
    """Documents with the template that helm says they are from."""
    for document in documents(text):
        first = document.text.lstrip().partition("\n")[0]
        name = first.removeprefix(_SOURCE).partition("/")[2] if first.startswith(_SOURCE) else CHART
        yield os.path.join(folder, name.strip()), document.text
