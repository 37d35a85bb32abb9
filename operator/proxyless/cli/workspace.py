"""The folder of an editor: its files with the texts of open editors in place of what is on disk, judged as a whole.

Called by ``lsp``. Each question reads the folder again, which takes a few hundredths of a second for most, so that nothing has to be kept
in step with the disk.
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from proxyless.adapters.config_file import ConfigFile
from proxyless.adapters.manifests import read_text
from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.cli.configured import configured, read_configured
from proxyless.cli.fixing import fixed
from proxyless.cli.lint import JudgedMesh, judge_mesh, placed
from proxyless.cli.lint_arguments import DEFAULTS
from proxyless.cli.narrowing import narrowed
from proxyless.errors import InputError
from proxyless.lint.merge import merged
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Selection
from proxyless.model.finding import Finding, Report
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot
from proxyless.yamltext.edit import EditedText
from proxyless.yamltext.splices import CannotEdit


class JudgedFolder(NamedTuple):
    """What is said of a folder at one moment."""

    reading: Reading
    report: Report
    """With lines."""
    problems: tuple[InputError, ...]


class TextChange(NamedTuple):
    """Lines of a text and what stands there instead."""

    first: int
    """0-based."""
    last: int
    """The line behind the last one."""
    text: str


class EditedFolder:
    """A folder and how its mesh is judged.

    Args:
        folder: its path; empty: only the open files are judged.
        settings: what the flags say of the mesh.
        exclude: patterns of what the folder holds and is not to be read.
    """

    def __init__(self, folder: str, settings: MeshSettings, exclude: Sequence[str] = ()) -> None:
        self._folder = folder
        self._settings = settings
        self._exclude = exclude

    def judged(self, edited: Mapping[str, str]) -> JudgedFolder:
        """What the rules say, with the open texts by absolute path."""
        given, file, wrong = self._configured()
        reading = self._read(given, file, edited)
        judged = self._judge(reading, given, file)
        report = placed(merged([item.report for item in judged]), reading)
        own = {str(item): item for one in judged for item in one.problems}.values()
        return JudgedFolder(reading, report, (*wrong, *reading.problems, *own))

    def fixed(self, edited: Mapping[str, str]) -> dict[str, str]:
        """Texts that all safe fixes together would change, by absolute path."""
        given, file, _ = self._configured()
        before = self._read(given, file, edited)

        def judge(read: Reading) -> list[Report]:
            return [item.report for item in self._judge(read, given, file)]

        after = fixed(before, judge(before), judge, given.namespace, unsafe=False).reading.texts
        return {name: text for name, text in after.items() if text != before.texts[name]}

    def _configured(self) -> tuple[Namespace, ConfigFile | None, tuple[InputError, ...]]:
        """Flags with what ``proxyless.yaml`` of the folder says, and what is wrong with it."""
        settings = self._settings
        said = {
            "istio": settings.istio,
            "client": list(settings.clients),
            "assume_proxyless": settings.assume_proxyless,
        }
        given = Namespace(**DEFAULTS | said, path=[self._folder] if self._folder else [])
        given.exclude = list(self._exclude)
        try:
            return given, configured(given, DEFAULTS) if self._folder else None, ()
        except InputError as error:
            return given, None, (error,)

    @staticmethod
    def _judge(reading: Reading, given: Namespace, file: ConfigFile | None) -> list[JudgedMesh]:
        base = MeshSettings(istio=given.istio, clients=tuple(given.client), assume_proxyless=given.assume_proxyless)
        only, without = tuple(given.select), tuple(given.ignore)
        judged = [judge_mesh(reading, mesh, base, only, without) for mesh in reading.meshes]
        reports = narrowed(reading, [item.report for item in judged], file, Selection(only, without))
        return [item._replace(report=report) for item, report in zip(judged, reports, strict=True)]

    @staticmethod
    def _read(given: Namespace, file: ConfigFile | None, edited: Mapping[str, str]) -> Reading:
        reading = read_configured(given, given.path, file)
        problems = [item for item in reading.problems if item.where not in edited]
        texts = {**reading.texts, **edited}
        new: list[Resource] = []
        for name, text in edited.items():
            found = read_text(text, name, strict=False)
            new += found.resources
            problems += found.problems

        def over(held: Snapshot) -> Snapshot:
            return Snapshot((*(item for item in held if item.origin is None or item.origin.file not in edited), *new))

        meshes = tuple(MeshObjects(over(mesh.snapshot), over(mesh.subjects)) for mesh in reading.meshes)
        snapshot = over(reading.snapshot)
        meshes = meshes or (MeshObjects(snapshot, snapshot),)
        return reading._replace(snapshot=snapshot, meshes=meshes, texts=texts, problems=tuple(problems))


def fixed_text(folder: JudgedFolder, finding: Finding) -> str | None:
    """The text of a finding's file with its fix; None where it has none, or it has to be made by hand."""
    origin = finding.origin
    subject = folder.reading.snapshot.get(*finding.ref)
    if finding.fix is None or origin is None or subject is None or origin.file not in folder.reading.texts:
        return None
    text = EditedText(folder.reading.texts[origin.file], [origin.document])
    try:
        text.take(origin, subject.body, finding.fix.changes)
    except CannotEdit:
        return None
    return text.text


def change(before: str, after: str) -> TextChange:
    """The lines that differ, as one change."""
    old, new = before.split("\n"), after.split("\n")
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = zip(reversed(old[same:]), reversed(new[same:]), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    return TextChange(same, len(old) - tail, "".join(f"{line}\n" for line in new[same : len(new) - tail]))


def path_of(uri: str) -> str:
    """The path that a URI of an editor means; empty where it is no file."""
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415  for editors alone

    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else ""


def uri_of(path: str) -> str:
    """The inverse of :func:`path_of`, for a path of a file that was read."""
    return Path(path).absolute().as_uri()
