"""What reading files and folders comes to: objects by file, the meshes that they make, and what was not judged. Values only.

Made by ``files`` and ``meshes``, read by the command line.
"""

from collections.abc import Sequence

from proxyless.errors import InputError
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class LeftOut(NamedTuple):
    """How many things in folders were skipped, by reason."""

    charts: int = 0
    """Helm charts that were not rendered."""
    kustomizations: int = 0
    """Kustomizations that were not built; the objects that they list are judged as they stand."""
    templates: int = 0
    """Documents that are templates."""
    foreign: int = 0
    """Documents that are no Kubernetes objects."""
    excluded: int = 0
    """Files and folders that ``--exclude`` or a ``.gitignore`` names."""


class Held(NamedTuple):
    """The objects of one file."""

    items: Sequence[Resource]
    file: str
    built: bool = False
    """Whether a tool made them of the file, a kustomization: then they stand together."""

    @property
    def unit(self) -> str:
        """The group that they belong to: their folder, or what was built with them."""
        return self.file if self.built else self.file.rpartition("/")[0]


class MeshObjects(NamedTuple):
    """Objects that are in effect together."""

    snapshot: Snapshot
    subjects: Snapshot
    """Those of them that are judged."""


class Copy(NamedTuple):
    """An object that files hold more than once."""

    first: Resource
    other: Resource
    alike: bool
    """Both say the same."""


class Reading(NamedTuple):
    """What a set of paths holds."""

    snapshot: Snapshot
    """All objects; of several with one Ref the last one."""
    texts: dict[str, str]
    """Text by file, as named in each Origin."""
    problems: tuple[InputError, ...] = ()
    remarks: tuple[InputError, ...] = ()
    """What kubectl reads without a word and the author should know."""
    meshes: tuple[MeshObjects, ...] = ()
    """The same objects as they can be in effect together: one mesh, or one for each copy."""
    copies: tuple[Copy, ...] = ()
    """Objects that are given more than once."""
    files: int = 0
    """Files that were opened and are text, a chart as one."""
    total: int = 0
    """Objects and unreadable documents in them."""
    ignored: int = 0
    """Objects of kinds that are not ours to judge, and documents of files in folders that are no objects."""
    built: int = 0
    """Kustomizations that were built."""
    rendered: int = 0
    """Helm charts that were rendered."""
    left_out: LeftOut = LeftOut()
    notes: tuple[str, ...] = ()
    """Why something was not built or rendered."""
