"""Injection's golden cases: one folder per fact under `cases/`, read for every test that walks over them.

    pod.yaml        the pod as it arrives
    settings.yaml   namespace {name, labels, annotations}, settings {field: value}, wish {field: value}; all optional
    expected.yaml   the pod after the patch; or skip.txt where it stays as it is
    said.txt        decision and warnings (with expected.yaml); skip.txt holds reason and warnings
    differs.txt     why this pod differs from what Istio's injector makes of it; without it the two are compared

`PROXYLESS_UPDATE_GOLDEN=1` writes expected.yaml, said.txt and skip.txt anew; read the difference before committing it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

from proxyless import __version__
from proxyless.inject.pod import Injection, inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.model.client import Framework, Language
from proxyless.model.version import Version

FOLDER = Path(__file__).parent / "cases"
UPDATE = os.environ.get("PROXYLESS_UPDATE_GOLDEN") == "1"
_PARSE = {"framework": Framework, "language": Language, "version": Version.parse}


@dataclass(frozen=True)
class Case:
    """One folder."""

    name: str
    pod: dict[str, Any]
    namespace: Namespace
    settings: InjectionSettings
    wish: Wish | None

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def differs(self) -> str:
        """Why the pod is not what Istio makes of it; empty: it is."""
        file = self.folder / "differs.txt"
        return file.read_text() if file.exists() else ""

    def run(self) -> Injection:
        return inject(self.pod, self.namespace, self.settings, self.wish)

    def injected(self) -> dict[str, Any]:
        """The pod after the patch."""
        return patched(self.pod, self.run())


def patched(pod: dict[str, Any], injection: Injection) -> dict[str, Any]:
    """What the API server makes of a pod and a patch."""
    result: dict[str, Any] = jsonpatch.apply_patch(pod, injection.operations)
    return result


def load(name: str) -> Case:
    folder = FOLDER / name
    pod = yaml.safe_load((folder / "pod.yaml").read_text())
    file = folder / "settings.yaml"
    told = (yaml.safe_load(file.read_text()) if file.exists() else None) or {}
    if unknown := set(told) - {"namespace", "settings", "wish"}:
        raise ValueError(f"{file}: unknown {sorted(unknown)}")
    namespace = Namespace(**{"name": "shop", **told.get("namespace", {})})
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in told.get("settings", {}).items()}
    wish = {key: _PARSE.get(key, lambda same: same)(value) for key, value in told.get("wish", {}).items()}
    return Case(name, pod, namespace, InjectionSettings(**given), Wish(**wish) if wish else None)


CASES = [load(folder.name) for folder in sorted(FOLDER.iterdir())]
INJECTED = [case for case in CASES if isinstance(case.run().decision, Inject)]
OWN = [case for case in INJECTED if getattr(case.run().decision, "mode", "") == "own"]
DELEGATED = [case for case in INJECTED if getattr(case.run().decision, "mode", "") == "delegate"]


def said(injection: Injection) -> str:
    """Decision and warnings as the golden files hold them."""
    decision = injection.decision
    if isinstance(decision, Skip):
        head = f"skip: {decision.reason}"
    else:
        native = ", native sidecar" if decision.native else ""
        head = f"inject: {decision.mode}, xds {decision.xds}{native}\n{decision.reason}"
    return "\n".join([head, *(f"warning: {warning}" for warning in injection.warnings)]) + "\n"


def stable(pod: dict[str, Any]) -> dict[str, Any]:
    """The pod without our version in its mark, which changes with every release."""
    annotations = pod.get("metadata", {}).get("annotations")
    if not annotations or "proxyless.dev/injected" not in annotations:
        return pod
    text = annotations["proxyless.dev/injected"].replace(f'"version":"{__version__}"', '"version":"VERSION"')
    return {**pod, "metadata": {**pod["metadata"], "annotations": {**annotations, "proxyless.dev/injected": text}}}
