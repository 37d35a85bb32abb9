"""Reads files, folders and standard input into objects, in one mesh or several, with the texts that lines are found in.

Called by the command line. Reads, and has kustomizations and charts rendered; writes nothing. What cannot be read becomes a
problem that says what to do; everything else is still read. The order of what is read depends on names only.
"""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from proxyless.adapters.folders import find
from proxyless.adapters.input_collector import InputCollector
from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.model.snapshot import Snapshot


def read_paths(
    paths: Iterable[str],
    *,
    default_namespace: str = "default",
    stdin: BinaryIO | None = None,
    exclude: Sequence[str] = (),
    per_folder: bool = False,
    configured: tuple[str, Sequence[str]] | None = None,
) -> Reading:
    """Read everything that the paths name.

    Args:
        paths: files, folders (``*.yaml``, ``*.yml`` and ``*.json`` below them, hidden names left out), ``-``.
        default_namespace: namespace for objects without one.
        stdin: where ``-`` is read from.
        exclude: patterns as in a ``.gitignore`` of what folders hold and is not to be read.
        per_folder: whether each folder right below one that is named is a mesh of its own.
        configured: the folder of a configuration, and patterns of it that are relative to it.
    """
    paths = tuple(paths)
    found = find(paths, exclude, configured)
    gathered = InputCollector(found, default_namespace)
    if found.kustomizations or found.charts:
        from proxyless.adapters.rendered_folders import build, render  # noqa: PLC0415  most runs meet none

        build(gathered, found)
        render(gathered, found)
    for name, named in found.files:
        gathered.file(name, stdin, strict=named)
    items = [item for held in gathered.objects for item in held.items]
    snapshot = Snapshot(items)
    reading = gathered.reading(snapshot)
    if len(snapshot) == len(items) and not per_folder:  # as nearly always
        return reading._replace(meshes=(MeshObjects(snapshot, snapshot),))
    from proxyless.adapters.meshes import copies_of, meshes_of  # noqa: PLC0415  for copies alone

    meshes = meshes_of(gathered.objects, paths if per_folder else None)
    return reading._replace(meshes=meshes, copies=copies_of(gathered.objects))
