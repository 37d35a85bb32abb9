"""Every row of the feature table is told by a rule or excused, and the rules that it names do tell of it.

An object that holds the field of the row is judged in several worlds: nothing known of the clients, mTLS demanded, another
trust domain, and the releases for which the table says that the field fails. Each rule that the row names must fire in one
of them, and must not fire there on the same object without the field.
"""

import json
from collections.abc import Iterator
from functools import cache

import pytest

from lint.row_objects import STRICT, SURROUNDINGS, base, concrete, with_field
from proxyless.adapters.manifests import read_text
from proxyless.lint.engine import run
from proxyless.lint.field_rows import GENERIC
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.matrix.build import COMPILED
from proxyless.matrix.judge import Asking, judge
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.query import Matrix, load
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Client, Language
from proxyless.model.finding import Finding
from proxyless.model.kinds import KINDS
from proxyless.model.resource import Resource, resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.version import Version

MATRIX = load()
ROWS = MATRIX.rows()
RULES = {rule.code: rule for rule in ALL}
FINE = (Verdict.SUPPORTED, Verdict.UNKNOWN)
IN_BASE = ("DestinationRule.trafficPolicy.tls.mode.ISTIO_MUTUAL", "PeerAuthentication.mtls.mode.STRICT")
"""Rows whose field the clean object has."""
WHOLE = ("BackendTLSPolicy", "EnvoyFilter", "TCPRoute", "TLSRoute", "Telemetry", "TrafficExtension", "WasmPlugin")
"""Kinds whose rule tells of the object as a whole."""

NOT_BY_OBJECT = {
    "DialTarget": "A target stands in arguments of a workload; cases of PX109 to PX115 hold it.",
    "MeshConfig.enableAutoMtls.true": "Known as what every client lacks, not by an object; cases of PX302 hold it.",
    "MeshConfig.trustDomain": "Known as a setting of the world; cases of PX613 hold it.",
    "Pod": "Cases of PX116 and PX117 hold it: the label is missing there, or a probe meets a port.",
    "VirtualService.hosts.unregistered": "Takes a workload that dials the host; cases of PX115 hold it.",
    "VirtualService.http.noDefault": "About a route that is not there; cases of PX513 hold it.",
    "VirtualService.http.route.destination.host.unknown": "Takes a namespace with other Services; cases of PX526 hold it.",
    "VirtualService.http.route.destination.subset.undefined": "Takes a DestinationRule; cases of PX511 hold it.",
    "DestinationRule.trafficPolicy.portLevelSettings.noTls": "Takes two levels; cases of PX407 hold it.",
    "Service.ports.targetPort.serverPort": "About a Service that is not there; cases of PX202 hold it.",
    "Service.labels.istio.io/persistent-session.filterEnabled": "The same label as the row without the flag of istiod.",
}
"""Rows, or kinds, that name rules but that no single object can show, with what holds them instead."""

OTHER_SEVERITY = {
    "AuthorizationPolicy.rules.when.key.headers.capitals": "The library is not known in the plainest world.",
    "DestinationRule.trafficPolicy.connectionPool.http.http1MaxPendingRequests": "A limit that is lost is a warning.",
    "DestinationRule.trafficPolicy.outlierDetection.minHealthPercent": "Told with the block that it stands in.",
    "EnvoyFilter.priority": "Told with the whole object.",
    "EnvoyFilter.workloadSelector": "Told with the whole object.",
    "HTTPRoute.rules.backendRefs.InferencePool": "From Istio 1.27 on; its release is not known in the plainest world.",
    "ServiceEntry.hosts.wildcard": "Nobody dials a wildcard by letter: it holds under a condition.",
    "Telemetry.selector": "Told with the whole object.",
}
"""Rows whose rules tell less, or more, than the row's severity, and why."""


def shown_by_object(row: FieldRow) -> bool:
    return bool(row.rules) and row.id not in NOT_BY_OBJECT and row.kind not in NOT_BY_OBJECT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_told_by_rules_that_exist_or_excused(row: FieldRow) -> None:
    assert bool(row.rules) != bool(row.no_rule)
    assert set(row.rules) <= RULES.keys()
    assert not row.no_rule or row.no_rule.endswith(".")
    settings = row.kind not in KINDS or row.kind == "MeshConfig"  # known to all rules as settings of the world
    assert settings or all(_starts_or_reads(code, row.kind) for code in row.rules), row.rules


def _starts_or_reads(code: str, kind: str) -> bool:
    """Rules of workloads tell of what they read of other kinds."""
    rule = RULES[code]
    return kind in rule.kinds or kind in rule.reads or "Deployment" in rule.kinds


def test_every_generic_rule_has_rows() -> None:
    assert {code for row in ROWS for code in row.rules} >= GENERIC
    assert RULES.keys() >= GENERIC


def test_what_no_object_can_show_is_listed_and_only_that() -> None:
    known = {row.kind for row in ROWS} | {row.id for row in ROWS if row.rules}
    assert NOT_BY_OBJECT.keys() <= known
    hidden = [row.id for row in ROWS if row.rules and not row.decidable and shown_by_object(row)]
    assert hidden == []


@cache
def surroundings(client: Client | None, strict: bool) -> tuple[Resource, ...]:
    text = SURROUNDINGS + (f"---{STRICT}" if strict else "")
    if client is not None and client.language is not None:
        keys = f"        proxyless.dev/language: {client.language.value}\n"
        keys += f'        proxyless.dev/grpc-version: "{client.version}"\n' if client.version else ""
        text = text.replace("      annotations:\n", f"      annotations:\n{keys}")
    read = read_text(text, "surroundings")
    assert not read.problems
    return read.resources


def settings_of(row: FieldRow) -> Iterator[tuple[MeshSettings, Client | None, bool]]:
    """Worlds in which the rules of a row may speak, the plainest first."""
    for strict in (False, True):
        yield MeshSettings(), None, strict
    yield MeshSettings(trust_domain="mesh.example"), None, False
    yield MeshSettings(istio=MATRIX.first_istio), None, False
    for strict in (False, True):
        for istio, client in harmed(row):
            yield MeshSettings(istio=istio), client, strict


def harmed(row: FieldRow) -> Iterator[tuple[Version | None, Client]]:
    """A release of Istio and of a library for each answer that is bad."""
    for effects in ((), *((effect,) for effect in row.clients)):
        for answer in judge(MATRIX, row, effects, Asking(None, None, {})):
            if answer.verdict not in FINE:
                yield from _named(answer)


def _named(answer: Judgment) -> Iterator[tuple[Version | None, Client]]:
    """The first release of each stretch, and the last minor before its end."""
    for scope in answer.scopes:
        for library in scope.libraries:
            stop = library.versions.stop
            last = Version(stop.major, stop.minor - 1) if stop is not None and stop.minor else None
            first = library.versions.start or MATRIX.language(library.language or Language.GO).xds
            for version in dict.fromkeys((first, last)):
                yield scope.istio.start or MATRIX.first_istio, Client(library.framework, library.language, version)


def findings(
    body: dict[str, object] | None, world: tuple[MeshSettings, Client | None, bool], matrix: Matrix = MATRIX
) -> list[Finding]:
    settings, client, strict = world
    snapshot = Snapshot(surroundings(client, strict))
    if body is not None:
        subject = resource(body)
        assert subject is not None
        snapshot = snapshot.overlay(subject)
    report = run(ALL, World(snapshot, settings, matrix), snapshot)
    assert not [notice for notice in report.notices if notice.internal]
    return list(report.findings)


def fired(row: FieldRow, matrix: Matrix = MATRIX) -> dict[str, Finding]:
    """The worst finding of each rule that fires with the field and not without."""
    found: dict[str, Finding] = {}
    for world in settings_of(row):
        if found.keys() >= set(row.rules):
            break
        without = {_key(item) for item in findings(_without(row), world, matrix)}
        for item in findings(with_field(row), world, matrix):
            before = found.get(item.code)
            if _key(item) not in without and (before is None or before.severity < item.severity):
                found[item.code] = item
    return found


def _key(item: Finding) -> tuple[object, ...]:
    return item.code, item.ref, item.path, item.severity


def _without(row: FieldRow) -> dict[str, object] | None:
    """The same object clean; none at all for kinds that are told of as a whole, and for rows about an absence."""
    gone = row.when is not None and not isinstance(row.when, list) and ("absent" in row.when or "empty" in row.when)
    return None if row.kind in WHOLE or gone or row.rules == ("PX614",) or row.id in IN_BASE else base(row.kind)


@pytest.mark.parametrize("row", [row for row in ROWS if shown_by_object(row)], ids=lambda row: row.id)
def test_each_rule_that_a_row_names_tells_of_it(row: FieldRow) -> None:
    body = with_field(row)
    assert any(item.row is row for item in MATRIX.fields(row.kind, body)), "the object does not show the row"
    found = fired(row)
    assert sorted(set(row.rules) - found.keys()) == [], f"silent; others: {sorted(found)}"
    if row.verdict in FINE or row.id in OTHER_SEVERITY:
        return
    worst = max(found[code].severity for code in row.rules)
    assert worst is row.severity, f"the row says {row.severity!r}, {row.rules} {worst!r}"


READ_BY_GENERIC = [row for row in ROWS if not GENERIC.isdisjoint(row.rules) and row.verdict not in FINE]


@pytest.mark.parametrize("row", READ_BY_GENERIC, ids=lambda row: row.id)
def test_a_row_that_is_flipped_makes_its_generic_rule_silent(row: FieldRow) -> None:
    """The table decides: the same field, said to be supported, is told by nobody."""
    data = json.loads(COMPILED.read_bytes())
    for item in data["fields"][row.kind]:
        if item["id"] == row.id:
            item |= {"verdict": "supported", "severity": None, "features": [], "clients": []}
            if item.pop("api", False):
                item["istio"] = f"{MATRIX.first_istio}.."
            item.pop("before", None)
            item.pop("at_best", None)
    matrix = Matrix(data)
    assert _told_here(row, fired(row))
    assert not _told_here(row, fired(row, matrix))


def _told_here(row: FieldRow, found: dict[str, Finding]) -> bool:
    return any(code in GENERIC and item.path == concrete(row) for code, item in found.items())


def test_only_rows_that_name_the_rule_are_read() -> None:
    """A specific rule keeps its rows: no generic rule tells of the same place."""
    for row in ROWS:
        if shown_by_object(row) and GENERIC.isdisjoint(row.rules):
            assert {code for code in fired(row) if code in GENERIC} == set(), row.id
