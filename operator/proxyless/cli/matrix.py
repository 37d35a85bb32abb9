"""``proxyless matrix``: the feature table, as it holds for a given Istio and given libraries."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from proxyless.cli import exits
from proxyless.cli.table import columns
from proxyless.cli.words import client_argument, language_argument, version_argument
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict
from proxyless.model.version import Client, Version


def arguments(parser: ArgumentParser) -> None:
    """Filters."""
    parser.add_argument("--kind", help="only fields of this kind, e.g. VirtualService")
    parser.add_argument("--field", metavar="TEXT", help="only fields whose path holds this text, e.g. retries")
    parser.add_argument("--verdict", choices=[item.value for item in Verdict], help="only fields with this outcome")
    parser.add_argument("--istio", type=version_argument, metavar="VERSION", help="as this release of Istio has it")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--language", type=language_argument, help="as gRPC libraries in this language have it")
    who.add_argument("--client", type=client_argument, metavar="LIBRARY", help="as this library has it, e.g. go=1.66.3")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print kind, field, value, outcome and the libraries for which it holds."""
    given = parser.parse_args(argv)
    kinds = load().kinds
    kind = next((item for item in kinds if item.lower() == str(given.kind).lower()), None)
    if given.kind and kind is None:
        parser.error(f"no fields of a kind {given.kind!r}; one of {', '.join(kinds)}")
    client = given.client or (Client(language=given.language) if given.language else None)
    rows = [
        row
        for row in _rows(kind, given.istio, client)
        if (not given.verdict or row[3] == given.verdict) and (given.field or "").lower() in row[1].lower()
    ]
    if not rows:
        parser.error("no field fits these filters; leave one out")
    print(columns(("KIND", "FIELD", "VALUE", "OUTCOME", "WHERE"), rows))
    return exits.CLEAN


def _rows(kind: str | None, istio: Version | None, client: Client | None) -> Iterator[tuple[str, str, str, str, str]]:
    table = load()
    for row in table.rows(kind):
        for answer in table.judge(row, istio=istio, client=client):
            yield row.kind, row.path, row.value, answer.verdict.value, answer.applies or "everywhere"
