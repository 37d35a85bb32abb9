"""``proxyless matrix``: the feature table, as it holds for a given Istio and given libraries."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from proxyless.cli import exits
from proxyless.cli.argument_values import client_argument, language_argument, version_argument
from proxyless.cli.table import columns
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.query import load
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Client, Language
from proxyless.model.version import Version


def arguments(parser: ArgumentParser) -> None:
    """Filters."""
    parser.add_argument("--kind", help="only fields of this kind, e.g. VirtualService")
    parser.add_argument("--field", metavar="TEXT", help="only fields whose path holds this text, e.g. retries")
    parser.add_argument("--verdict", choices=[item.value for item in Verdict], help="only fields with this outcome")
    parser.add_argument("--istio", type=version_argument, metavar="VERSION", help="outcomes for this Istio release")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--libraries", action="store_true", help="no fields: the libraries that speak xDS, and what is known of each"
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--language", type=language_argument, help="outcomes for gRPC libraries in this language")
    who.add_argument(
        "--client", type=client_argument, metavar="LIBRARY", help="outcomes for this library, e.g. go=1.66.3"
    )


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print kind, field, value, outcome and the libraries for which it holds."""
    given = parser.parse_args(argv)
    if given.libraries:
        print(_libraries(given.format))
        return exits.CLEAN
    kinds = load().kinds
    kind = next((item for item in kinds if item.lower() == str(given.kind).lower()), None)
    if given.kind and kind is None:
        parser.error(f"no fields of a kind {given.kind!r}; one of {', '.join(kinds)}")
    client = given.client or (Client(language=given.language) if given.language else None)
    found = [
        (row, answer)
        for row, answer in _answers(kind, given.istio, client)
        if (not given.verdict or answer.verdict.value == given.verdict)
        and (given.field or "").lower() in row.path.lower()
    ]
    if not found:
        parser.error("no field fits these filters; leave one out")
    print(_json(found) if given.format == "json" else _table(found))
    return exits.CLEAN


def _libraries(form: str) -> str:
    """Every library that the table knows, with the releases that speak xDS. Other filters have no say in it."""
    table = load()
    rows = []
    for item in map(table.language, Language):
        releases = f"from {item.xds}, looked at to {item.checked}" if item.xds else "none"
        role = "clients and servers" if item.server else "clients" if item.xds else "no xDS"
        rows.append((f"gRPC {item.language.title}", releases, f"{role}; {'; '.join(item.evidence)}"))
    for window in table.windows:
        name = f"{window.framework.value.capitalize()} {window.language.title}"
        rows.append((name, window.versions.words, window.text))
    rows += [
        (f"{item.id} ({item.registry})", f"looked at: {item.newest}", f"{item.text} Known by {item.checked.value}.")
        for item in table.implementations
    ]
    if form == "json":
        entries = [dict(zip(("library", "releases", "known"), row, strict=True)) for row in rows]
        return json.dumps({"version": 1, "libraries": entries}, ensure_ascii=False, indent=2)
    return columns(("LIBRARY", "RELEASES", "KNOWN"), rows)


def _answers(kind: str | None, istio: Version | None, client: Client | None) -> Iterator[tuple[FieldRow, Judgment]]:
    table = load()
    for row in table.rows(kind):
        for answer in table.judge(row, istio=istio, client=client):
            yield row, answer


def _table(found: Sequence[tuple[FieldRow, Judgment]]) -> str:
    rows = [
        (row.kind, row.path, row.value, answer.verdict.value, answer.applies or "everywhere") for row, answer in found
    ]
    return columns(("KIND", "FIELD", "VALUE", "OUTCOME", "WHERE"), rows)


def _json(found: Sequence[tuple[FieldRow, Judgment]]) -> str:
    """One entry per row and outcome; within version 1 keys are only added."""
    entries = [
        {
            "id": row.id,
            "kind": row.kind,
            "field": row.path,
            "value": row.value,
            "outcome": answer.verdict.value,
            "severity": answer.severity.word if answer.severity else "",
            "where": answer.applies,
            "radius": answer.radius.value,
            "consequence": row.consequence,
            "reason": answer.reason,
            "remedy": row.remedy,
            "rules": list(row.rules),
            "noRule": row.no_rule,
            "checked": row.checked.value,
            "evidence": list(answer.evidence),
        }
        for row, answer in found
    ]
    return json.dumps({"version": 1, "fields": entries}, ensure_ascii=False, indent=2)
