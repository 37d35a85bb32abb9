"""Collects the objects, texts and problems of all files that one command reads.

Filled by ``files`` and by ``rendered_folders``. Opens files and standard input; what cannot be read becomes a problem that says
what to do.
"""

# ruff: noqa: PTH123
# Names stay as the user wrote them; Path would turn ./a.yaml into a.yaml.

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from proxyless.adapters.folders import STDIN, FolderContents, unreadable
from proxyless.adapters.manifests import Manifests, read_text
from proxyless.adapters.reading import Held, LeftOut, Reading
from proxyless.errors import InputError
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class InputCollector:
    """Collects objects, problems and counts from all files."""

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
        """Read manifests that a tool printed.

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
        """The result, when everything is collected."""
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
