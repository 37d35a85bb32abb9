"""The files in ``crds/``: one for each of our kinds, made from the models in ``operator/proxyless/model/``."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from proxyless.model.crd_definition import DEFINITIONS, definition
from proxyless.model.kinds import KINDS

FOLDER = Path(__file__).parents[2] / "crds"
HEAD = "# Made from operator/proxyless/model/crd.py by `make generate`.\n"


def files() -> Iterator[tuple[Path, str]]:
    """Path and text of each definition."""
    for kind in DEFINITIONS:
        yield FOLDER / f"{KINDS[kind].plural}.yaml", HEAD + yaml.safe_dump(definition(kind), sort_keys=False, width=120)
