"""The questions that the rest of the product asks of the feature table.

Called by rules, ``mesh``, the web hook and the command line. Imports neither a YAML parser nor pydantic. A rule asks
``fields`` which rows concern an object, then ``judge`` what a given Istio and client make of each; ``verdict`` is both
for one field that is not part of an object.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from proxyless.errors import InputError, MatrixError
from proxyless.matrix.compiled import whole
from proxyless.matrix.condition import UNSEEN, Test, compiled
from proxyless.matrix.judge import Asking, judge, undecided
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.paths import RowMatch, TrieNode, at_path, at_pattern, trie, walk
from proxyless.matrix.rows import Effect, FieldRow
from proxyless.matrix.table import Table
from proxyless.model.client import Client
from proxyless.model.path import FieldPath, get, parse
from proxyless.model.pattern import pattern
from proxyless.model.version import Version

_COMPILED = f"{__file__.removesuffix('query.py')}compiled.json"
_INDEX = pattern(r"\[\d+\]")
_NOTHING: Mapping[str, str] = {}


class Matrix(Table):
    """The table and what can be asked of it. Answers are kept, so that many objects cost little more than one."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._tries: dict[str, TrieNode] = {}
        self._effects: dict[str, tuple[tuple[Effect, Test | None], ...]] = {}
        self._judged: dict[Any, tuple[Judgment, ...]] = {}

    def _trie(self, kind: str) -> TrieNode:
        if kind not in self._tries:
            self._tries[kind] = trie(self.rows(kind))
        return self._tries[kind]

    def shape(self, kind: str) -> TrieNode:
        """The places of a kind that rows know, as a trie: where lists and mappings must stand. Empty without rows."""
        return self._trie(kind)

    def fields(self, kind: str, body: Mapping[str, Any]) -> Iterator[RowMatch]:
        """All rows that concern an object, as (row, concrete path, value), in the order of its fields.

        Conditions (``when``) are applied and ``same_as`` is followed. Rows that need a rule of their own are left out.
        For a field that is not there the value is None.
        """
        return iter(walk(self._trie(kind), body))

    def judge(
        self,
        row: FieldRow,
        path: FieldPath = (),
        value: object = None,
        body: Mapping[str, Any] | None = None,
        *,
        istio: Version | None = None,
        client: Client | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> tuple[Judgment, ...]:
        """What a given Istio and client do with a row's field; several answers if a version or the language is not known.

        Args:
            row: from :meth:`fields` or :meth:`row`.
            path: where it was found; needed with ``body`` for effects that depend on neighbors.
            value: the value there.
            body: the whole object; without it, effects that depend on neighbors are left out.
            istio: release of istiod.
            client: framework, language and version of the library; None: gRPC in any language.
            environment: variables of the application; missing ones are taken to be unset.

        Returns:
            Worst first. :attr:`Judgment.applies` says for which releases each holds.
        """
        effects = self._held(row, path, value, body)
        environment = environment or _NOTHING
        key = (row.id, tuple(map(id, effects)), istio, client, frozenset(environment.items()))
        if key not in self._judged:
            self._judged[key] = judge(self, row, effects, Asking(istio, client, environment))
        return self._judged[key]

    def _held(
        self, row: FieldRow, path: FieldPath, value: object, body: Mapping[str, Any] | None
    ) -> tuple[Effect, ...]:
        """The effects of a row whose condition holds for a value."""
        if not row.clients:
            return ()
        if row.id not in self._effects:
            self._effects[row.id] = tuple(
                (effect, None if effect.when is None else compiled(effect.when, assume=False)) for effect in row.clients
            )
        whole = UNSEEN if body is None else body
        parent = UNSEEN if body is None or not path else get(body, path[:-1])
        step = path[-1] if path else ""
        return tuple(
            effect for effect, test in self._effects[row.id] if test is None or test(value, step, parent, whole)
        )

    def verdict(
        self,
        kind: str,
        path: FieldPath | str,
        value: object = None,
        *,
        istio: Version | None = None,
        client: Client | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> tuple[Judgment, ...]:
        """What becomes of one field with one value, e.g. for ``proxyless explain``.

        Args:
            kind: as in ``model.kinds.KINDS``, or ``DialTarget``, ``MeshConfig``.
            path: a concrete path, or a pattern as rows write it.
            value: None asks for the rows of any value where the path has such, else for those about its absence.
            istio: as for :meth:`judge`.
            client: as for :meth:`judge`.
            environment: as for :meth:`judge`.

        Returns:
            Answers of all rows that concern it, those of one row worst first; empty where the table has no row. A row
            whose condition needs more than the value is answered as unknown, with the condition as reason.
        """
        node = self._node(kind, path)
        if node is None:
            return ()
        concrete = () if isinstance(path, str) else path
        rows = node.rows_of(value, path[-1] if path else "")
        answers = [
            answer
            for row in rows
            for answer in self.judge(row, concrete, value, istio=istio, client=client, environment=environment)
        ]
        return tuple(answers or map(undecided, node.undecided))

    def _node(self, kind: str, path: FieldPath | str) -> TrieNode | None:
        if not isinstance(path, str):
            return at_path(self._trie(kind), path)
        try:
            return at_path(self._trie(kind), parse(path)) if _INDEX.search(path) else at_pattern(self._trie(kind), path)
        except (MatrixError, ValueError) as error:
            raise InputError(
                f"{path!r} is no field of {kind}: {error}; write for example spec.http[].mirror"
            ) from error


@cache
def load() -> Matrix:
    """The table that comes with this release, read once per process.

    Raises:
        MatrixError: it is missing or damaged, so the installation is.
    """
    try:
        with open(_COMPILED, "rb") as file:  # noqa: PTH123  pathlib takes as long to import as all of this module
            return Matrix(whole(file.read()))
    except (OSError, ValueError) as error:
        raise MatrixError(f"the feature table cannot be read, install proxyless anew: {error}") from error
