"""What the table says of each measurement, and where the two differ. Needs no cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matrix_measured import calls, clients, istiod, servers
from matrix_measured.case import ClientCase, IstiodCase, Manifest, ServerCase
from matrix_measured.cases import CASES
from matrix_measured.record import ANY, Measurement
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.query import Matrix, load
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Client, Language
from proxyless.model.version import Version

Case = ClientCase | ServerCase | IstiodCase


@dataclass(frozen=True)
class Difference:
    """The table and a measurement, side by side."""

    measured: Measurement
    said: tuple[Judgment, ...]

    def __str__(self) -> str:
        said = " or ".join(dict.fromkeys(item.verdict.value for item in self.said)) or "nothing"
        who = f"{self.measured.language} {self.measured.version}".strip()
        return (
            f"{self.measured.row} with {who}: the table says {said}, {self.measured.case} measured"
            f" {self.measured.verdict} ({self.measured.saw}); correct matrix/data or the case, then `make matrix`"
        )


def objects_of(case: Case) -> list[Manifest]:
    """The case's objects, with placeholders for addresses."""
    match case:
        case ClientCase():
            where = calls.place(case)
            return [*clients.service(case, where), *case.objects(where)]
        case ServerCase():
            return case.objects(servers.place(case))
        case IstiodCase(mesh=None):
            return case.objects(istiod.place(case))
        case IstiodCase():
            return [{"kind": "MeshConfig", **(case.mesh or {})}]


def said(measured: Measurement, case: Case, table: Matrix | None = None) -> tuple[Judgment, ...]:
    """What the table says of a row for the library that was measured, with the case's own objects and values."""
    table = table or load()
    row = table.row(measured.row)
    language = None if measured.language == ANY else Language(measured.language)
    version = Version.parse(measured.version) if measured.version else None
    client = None if language is None else Client(language=language, version=version)
    asked: dict[str, Any] = {"istio": Version.parse(measured.istio), "client": client}
    for item in objects_of(case):
        for found in table.fields(row.kind, item) if item["kind"] == row.kind else ():
            if found.row.id == row.id:
                return table.judge(row, found.path, found.value, item, **asked)
    return table.judge(row, **asked)


def differences(measured: list[Measurement]) -> Iterator[Difference]:
    """Measurements that the table contradicts."""
    cases = {case.name: case for case in CASES}
    for item in measured:
        answers = said(item, cases[item.case])
        if not _agree(item, {answer.verdict for answer in answers}):
            yield Difference(item, answers)


def _agree(measured: Measurement, said: set[Verdict]) -> bool:
    """Whether the table says what was measured. What istiod was seen to send is honored by some libraries, maybe not by all."""
    if measured.language == ANY and measured.outcome is Verdict.SUPPORTED:
        return measured.outcome in said
    return said == {measured.outcome}
