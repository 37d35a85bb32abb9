"""``proxyless.yaml`` and the flags of ``proxyless lint``: which file holds, and what it says where a flag says nothing.

Called by ``lint``. Most runs find no file, and import nothing for it.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from proxyless.adapters.config_file import ConfigFile, find_config, read_config
from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import MeshObjects, Reading

if TYPE_CHECKING:
    from argparse import Namespace


def configured(given: "Namespace", defaults: Mapping[str, object]) -> ConfigFile | None:
    """The configuration that holds, whose values are put into ``given`` where it has its default; None for none.

    Raises:
        InputError: it cannot be used.
    """
    name = "" if given.no_config else given.config or find_config()
    if not name:
        return None
    file = read_config(name)
    for flag, value in _values(file).items():
        if value and getattr(given, flag) == defaults[flag]:
            setattr(given, flag, value)
    if not given.path and not given.cluster:
        given.path = inside(file, file.config.paths)
    return file


def inside(file: ConfigFile, paths: tuple[str, ...]) -> list[str]:
    """Paths of the file, as they are named from here."""
    return [os.path.relpath(os.path.join(file.folder, path)) for path in paths]  # noqa: PTH118  names, not files


def _values(file: ConfigFile) -> dict[str, Any]:
    config = file.config
    return {
        "istio": config.istio,
        "client": list(config.client),
        "namespace": config.namespace,
        "assume_proxyless": config.assume_proxyless,
        "per_folder": config.per_folder,
        "select": list(config.select),
        "ignore": list(config.ignore),
        "fail_on": config.fail_on,
        "min_severity": config.min_severity,
        "baseline": "".join(inside(file, (config.baseline,))) if config.baseline else "",
    }


def read_configured(given: "Namespace", paths: Sequence[str], file: ConfigFile | None) -> Reading:
    """What the paths hold, with what the configuration names as context: known, and not judged."""
    config = file.config if file else None
    reading = read_paths(
        paths,
        default_namespace=given.namespace,
        stdin=cast("BinaryIO | None", sys.stdin.buffer if sys.stdin else None),
        exclude=given.exclude,
        per_folder=given.per_folder,
        configured=(file.folder, config.exclude) if file and config and config.exclude else None,
    )
    if file is None or config is None or not config.context:
        return reading
    around = read_paths(inside(file, config.context), default_namespace=given.namespace)
    meshes = tuple(MeshObjects(around.snapshot.overlay(*mesh.snapshot), mesh.subjects) for mesh in reading.meshes)
    return reading._replace(
        snapshot=around.snapshot.overlay(*reading.snapshot),
        meshes=meshes,
        problems=(*reading.problems, *around.problems),
        texts={**around.texts, **reading.texts},
    )
