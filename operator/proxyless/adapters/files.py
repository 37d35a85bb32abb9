"""Files, folders and standard input to objects, in one mesh or several, with the texts that lines are found in.

Called by the command line. Reads, and has kustomizations and charts rendered; writes nothing. What cannot be read becomes a
problem that says what to do; everything else is still read. The order of what is read depends on names only.
"""

# ruff: noqa: PTH123
# Names stay as the user wrote them; Path would turn ./a.yaml into a.yaml.

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from proxyless.adapters.folders import STDIN, FolderContents, find, unreadable
from proxyless.adapters.manifests import Manifests, read_text
from proxyless.errors import InputError
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class LeftOut(NamedTuple):
    """How much of what was met in folders is not judged, by reason."""

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
        """What they stand together with: the folder, or what was built with them."""
        return self.file if self.built else self.file.rpartition("/")[0]


class MeshObjects(NamedTuple):
    """Objects that are in effect together."""

    snapshot: Snapshot
    subjects: Snapshot
    """Those of them that are judged."""


class Copy(NamedTuple):
    """An object that files give more than once."""

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


def read_paths(
    paths: Iterable[str],
    *,
    default_namespace: str = "default",
    stdin: BinaryIO | None = None,
    exclude: Sequence[str] = (),
    per_folder: bool = False,
) -> Reading:
    """Read everything that the paths name.

    Args:
        paths: files, folders (``*.yaml``, ``*.yml`` and ``*.json`` below them, hidden names left out), ``-``.
        default_namespace: namespace of objects that name none.
        stdin: where ``-`` is read from.
        exclude: patterns as in a ``.gitignore`` of what folders hold and is not to be read.
        per_folder: whether each folder right below one that is named is a mesh of its own.
    """
    paths = tuple(paths)
    found = find(paths, exclude)
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


class InputCollector:
    """Collects what all sources hold."""

    def __init__(self, found: FolderContents, default_namespace: str) -> None:
        self.objects: list[Held] = []
        self.problems: list[InputError] = found.problems
        self.remarks: list[InputError] = []
        self.notes: list[str] = []
        self.texts: dict[str, str] = {}
        self.total = self.ignored = 0
        self.built = self.rendered = 0
        self.left_out = LeftOut(excluded=found.excluded)
        self._namespace = default_namespace

    def file(self, name: str, stdin: BinaryIO | None = None, *, strict: bool) -> None:
        """Read a file, or standard input."""
        try:
            self.texts[name] = text = _text(name, stdin)
        except InputError as error:
            self.problems.append(error)
            return
        found = read_text(text, name, default_namespace=self._namespace, strict=strict)
        self.objects.append(Held(found.resources, name))
        self._count(found)

    def output(self, text: str, file: str, sources: Iterable[str] = (), *, built: bool = True) -> None:
        """Read what a tool made.

        Args:
            text: its output.
            file: where its objects stand, at the first line, as far as nothing better is known.
            sources: files of objects that the tool took; what it left as it stands there has its lines.
            built: whether all that it makes of the file stands together.
        """
        found = read_text(text, file, default_namespace=self._namespace)
        taken = [item for source in sources for item in self._source(source)] if found.resources else []
        items = []
        for item in found.resources:
            origin = next((one.origin for one in taken if _is_made_of(item, one)), None)
            if origin is None and item.origin is not None:
                origin = item.origin._replace(line=1)
            items.append(Resource(item.ref, item.body, origin))
        self.objects.append(Held(items, file, built=built))
        self._count(found)

    def _source(self, name: str) -> Sequence[Resource]:
        try:
            self.texts[name] = text = _text(name, None)
        except InputError:
            return ()  # the tool read it
        return read_text(text, name, default_namespace=self._namespace, strict=False).resources

    def leave_out(self, **more: int) -> None:
        """Count something that is not judged, by the names of :class:`LeftOut`."""
        before = self.left_out._asdict()
        self.left_out = LeftOut(**(before | {name: before[name] + count for name, count in more.items()}))

    def _count(self, found: Manifests) -> None:
        self.problems.extend(found.problems)
        self.remarks.extend(found.remarks)
        self.total += found.total
        self.ignored += found.ignored
        if found.templates or found.foreign:
            self.leave_out(templates=found.templates, foreign=found.foreign)

    def reading(self, snapshot: Snapshot) -> Reading:
        """All of it."""
        return Reading(
            snapshot,
            self.texts,
            tuple(self.problems),
            tuple(self.remarks),
            files=len(self.texts) + self.rendered,
            total=self.total,
            ignored=self.ignored,
            built=self.built,
            rendered=self.rendered,
            left_out=self.left_out,
            notes=tuple(self.notes),
        )


def _is_made_of(built: Resource, source: Resource) -> bool:
    """Whether a tool took an object over but for its metadata."""
    return (
        built.kind == source.kind
        and source.name in built.name
        and {**built.body, "metadata": None} == {**source.body, "metadata": None}
    )


def _text(name: str, stdin: BinaryIO | None) -> str:
    try:
        if name == STDIN:
            data = stdin.read() if stdin is not None else b""
        else:
            with open(name, "rb") as file:
                data = file.read()
    except OSError as error:
        raise unreadable(name, error) from error
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"  # as kubectl does it
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(
            f"not {encoding.removesuffix('-sig').upper()} text (byte 0x{data[error.start]:02x}); save the file as UTF-8",
            where=name,
            line=line,
            column=column,
        ) from error
