"""The files in ``manifests/policies``: what ``proxyless export admission -o manifests/policies`` writes."""

from collections.abc import Iterator
from pathlib import Path

from proxyless.cli.export import kustomization, text
from proxyless.export.documents import mutating_file, validating_file

FOLDER = Path(__file__).parents[2] / "manifests" / "policies"


def files() -> Iterator[tuple[Path, str]]:
    """Path and text of each."""
    made = [validating_file(), mutating_file()]
    for file in made:
        yield FOLDER / file.name, text(file)
    yield FOLDER / "kustomization.yaml", kustomization(made)
