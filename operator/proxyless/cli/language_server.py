"""The server of ``proxyless lsp``: turns what an editor asks into questions to ``workspace``, and answers into its protocol.

Made on pygls; imported by ``lsp`` alone. Positions of the protocol count UTF-16 units, ours characters.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from proxyless import __version__
from proxyless.cli.explain import PAGES
from proxyless.cli.workspace import EditedFolder, JudgedFolder, change, fixed_text, path_of, uri_of
from proxyless.errors import InputError
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.model.finding import Finding, Severity
from proxyless.report.wording import clean, says

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFO: lsp.DiagnosticSeverity.Information,
}
_FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.proxyless"


class _Session:
    """What one editor has open."""

    def __init__(self, server: LanguageServer, settings: MeshSettings, exclude: Sequence[str]) -> None:
        self._server = server
        self._settings = settings
        self._exclude = exclude
        self._told: set[str] = set()
        self.judged: JudgedFolder | None = None

    @property
    def folder(self) -> EditedFolder:
        """The folder that is open, as it is to be judged."""
        root = self._server.workspace.root_path or ""
        if not root or not Path(root).is_dir():
            return EditedFolder("", self._settings, self._exclude)
        os.chdir(root)  # where proxyless.yaml is looked for, wherever the editor started us
        return EditedFolder(root, self._settings, self._exclude)

    @property
    def edited(self) -> dict[str, str]:
        """Texts of open editors that may hold manifests."""
        documents = self._server.workspace.text_documents.values()
        named = ((path_of(item.uri), item) for item in documents)
        return {path: item.source for path, item in named if path.endswith((".yaml", ".yml", ".json"))}

    def tell(self) -> None:
        """Judge the folder and publish what is found; files without findings any more are told so once."""
        self.judged = judged = self.folder.judged(self.edited)
        found: dict[str, list[lsp.Diagnostic]] = {}
        for item in judged.report.findings:
            if item.origin is not None:
                lines = judged.reading.texts.get(item.origin.file, "").split("\n")
                found.setdefault(uri_of(item.origin.file), []).append(_diagnostic(item, lines))
        for problem in judged.problems:
            if problem.where:
                lines = judged.reading.texts.get(problem.where, "").split("\n")
                found.setdefault(uri_of(problem.where), []).append(_problem(problem, lines))
        versions = {item.uri: item.version for item in self._server.workspace.text_documents.values()}
        for uri in sorted(self._told | found.keys()):
            self._server.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(uri, found.get(uri, []), versions.get(uri))
            )
        self._told = set(found)

    def at(self, uri: str, lines: range) -> list[Finding]:
        """Findings on lines of a file, as they were published last."""
        if self.judged is None:
            self.tell()
        findings = self.judged.report.findings if self.judged else ()
        return [item for item in findings if item.origin and uri_of(item.origin.file) == uri and item.line - 1 in lines]


def make_server(settings: MeshSettings, exclude: Sequence[str]) -> LanguageServer:
    """A server for one editor.

    Args:
        settings: what is known of the mesh beside the files.
        exclude: patterns of what is not read.
    """
    server = LanguageServer("proxyless", __version__)
    session = _Session(server, settings, exclude)

    @server.feature(lsp.INITIALIZED)
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed(_: Any) -> None:
        session.tell()

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(asked: lsp.HoverParams) -> lsp.Hover | None:
        line = asked.position.line
        pages = dict.fromkeys(_page(item) for item in session.at(asked.text_document.uri, range(line, line + 1)))
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n---\n\n".join(pages))) if pages else None

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix, _FIX_ALL]),
    )
    def actions(asked: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return list(_actions(session, asked))

    return server


def _actions(session: _Session, asked: lsp.CodeActionParams) -> Iterator[lsp.CodeAction]:
    uri, only = asked.text_document.uri, asked.context.only
    if only is None or lsp.CodeActionKind.QuickFix in only:
        lines = range(asked.range.start.line, asked.range.end.line + 1)
        for item in session.at(uri, lines):
            if session.judged is None or item.fix is None or (after := fixed_text(session.judged, item)) is None:
                continue
            assert item.origin is not None  # noqa: S101  it is on a line of a file
            before = session.judged.reading.texts[item.origin.file]
            yield lsp.CodeAction(
                title=clean(f"{item.code}: {item.remedy}{'' if item.fix.safe else ' (unsafe: look at it)'}"),
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[_diagnostic(item, before.split("\n"))],
                is_preferred=item.fix.safe,
                edit=_edit(uri, before, after),
            )
    if only is not None and any(_FIX_ALL.startswith(str(getattr(kind, "value", kind))) for kind in only):
        edited = session.edited
        text = session.folder.fixed(edited).get(path_of(uri))
        if text is not None:
            yield lsp.CodeAction(
                "proxyless: all safe fixes", kind=_FIX_ALL, edit=_edit(uri, edited[path_of(uri)], text)
            )


def _edit(uri: str, before: str, after: str) -> lsp.WorkspaceEdit:
    made = change(before, after)
    lines = before.split("\n")
    end = lsp.Position(made.last, 0)
    text = made.text
    if made.last >= len(lines):  # the last line has no line break
        end = lsp.Position(len(lines) - 1, _units(lines[-1]))
        text = text.removesuffix("\n")
    return lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(lsp.Range(lsp.Position(made.first, 0), end), text)]})


def _diagnostic(item: Finding, lines: Sequence[str]) -> lsp.Diagnostic:
    return lsp.Diagnostic(
        range=_range(max(item.line, 1), max(item.column, 1), lines),
        message=clean(f"{says(item)} {item.remedy}"),
        severity=_SEVERITIES[item.severity],
        code=item.code,
        source="proxyless",
    )


def _problem(item: InputError, lines: Sequence[str]) -> lsp.Diagnostic:
    place = _range(max(item.line, 1), max(item.column, 1), lines)
    return lsp.Diagnostic(place, clean(item.message), lsp.DiagnosticSeverity.Error, source="proxyless")


def _range(line: int, column: int, lines: Sequence[str]) -> lsp.Range:
    """From a place of ours to the end of its line."""
    text = lines[line - 1].rstrip() if line <= len(lines) else ""
    start, end = _units(text[: column - 1]), _units(text)
    return lsp.Range(lsp.Position(line - 1, min(start, end)), lsp.Position(line - 1, end))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _page(item: Finding) -> str:
    """A finding in words, and its rule's page."""
    stem = f"{item.code.lower()}_{item.slug.replace('-', '_')}"
    return f"**{clean(says(item))}**\n\n{clean(item.remedy)}\n\n{(PAGES / f'{stem}.md').read_text(encoding='utf-8')}"
