"""The feature table under mutation: a feature that every library has where it lacks it, and the reverse, is noticed.

By a measurement of a real library, by what rows say in general, or by the cases of rules that read the table. What decides no
answer stands here with a reason.
"""

import json
from functools import cache
from typing import Any

import pytest

from lint.rule_cases import RULES, Case, file_cases, page_cases
from lint.test_flipped_rows import contradicted
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.matrix.build import COMPILED
from proxyless.matrix.query import Matrix, load
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Where
from proxyless.model.client import Client, Framework, Language

MATRIX = load()
RAW: dict[str, Any] = json.loads(COMPILED.read_bytes())

_NOT_SENT = "istiod sends proxyless clients nothing of the kind; it is there for `proxyless matrix`."
_NO_FIELD = "No field of Istio decides it: bootstrap, protocol or process; rules of workloads know of it."
_ALWAYS = "Every listener, route or cluster has it, whatever the fields say."
_TOKENS = "No library has it, and istiod sends no filter for tokens: the answer is the same with it."
UNNOTICED = {
    **dict.fromkeys(
        (
            "bootstrap.call_creds",
            "bootstrap.cert_providers",
            "bootstrap.channel_creds",
            "bootstrap.env",
            "bootstrap.node",
            "bootstrap.tls_channel_creds",
            "proto.ads_basic",
            "proto.csds",
            "proto.data_error_handling",
            "proto.fallback",
            "proto.federation",
            "proto.lrs",
            "proto.nack_scope",
            "proto.resource_deletion",
            "proto.v3",
            "tls.spiffe_bundle",
        ),
        _NO_FIELD,
    ),
    **dict.fromkeys(
        (
            "cds.connection_opts",
            "cds.discovery_aggregate_dns",
            "cds.discovery_other",
            "cds.health_checks",
            "cds.http11_proxy",
            "cds.lb_client_wrr",
            "cds.lb_pick_first",
            "cds.lb_random",
            "cds.load_balancing_policy",
            "cds.outlier_detection",
            "cds.transport_socket_matches",
            "eds.drop_overloads",
            "eds.dualstack",
            "eds.metadata",
            "filter.composite",
            "filter.ext_authz",
            "filter.gcp_authn",
            "filter.jwt_authn",
            "filter.local_ratelimit",
            "filter.lua_wasm_others",
            "filter.ratelimit",
            "filter.unknown",
            "route.action.auto_host_rewrite",
            "route.action.cluster_header",
            "route.action.cluster_specifier_plugin",
            "route.action.old_fields",
            "route.match.header.contains_match",
            "route.match.path_match_policy_connect",
            "route.match.runtime_fraction",
            "server.listener_filters",
            "server.permissive_mtls",
            "tls.sni",
            "tls.system_root_certs",
        ),
        _NOT_SENT,
    ),
    **dict.fromkeys(
        ("filter.router", "route.action.non_forwarding", "server.filter_chain_match", "server.route_config"), _ALWAYS
    ),
    "filter.stateful_session": "Some libraries have it and some lack it, either way; its row takes another setting of istiod.",
    "rbac.jwt_claims": _TOKENS,
    "route.match.other": _TOKENS,
}
"""Features that decide no answer that a rule or a measurement holds, and why."""


def _reversed(feature: str) -> Matrix:
    """The table in which every library has a feature that it lacks, and lacks one that it has."""
    row = RAW["features"][feature]
    support = {language: [] if spans else [".."] for language, spans in row["support"].items()}
    return Matrix({**RAW, "features": {**RAW["features"], feature: {**row, "support": support, "switches": []}}})


READERS = sorted(
    path.stem
    for path in RULES.glob("px*.py")
    if any(word in path.read_text() for word in ("matrix.support", "lacking(", "told(", "host_hits", "route_hits"))
)
BY_CODE = {rule.code: rule for rule in ALL}


def _result(case: Case, matrix: Matrix) -> list[tuple[object, ...]]:
    known = case.world()
    world = World(known.snapshot, known.settings, matrix)
    report = run([BY_CODE[case.code]], world, known.snapshot)
    return [(item.ref, item.path, item.severity, item.message, item.applies) for item in report.findings]


@cache
def _cases() -> list[tuple[Case, list[tuple[object, ...]]]]:
    return [(case, _result(case, MATRIX)) for stem in READERS for case in (*file_cases(stem), *page_cases(stem))]


def _general(matrix: Matrix, row: FieldRow) -> bool:
    """Whether a newest library makes of a row what it says in general."""
    istio = matrix.istio.checked
    if row.istio.first and istio not in row.istio:
        istio = row.istio.first
    seen = {
        answer.verdict
        for known in map(matrix.language, Language)
        if known.xds is not None and (known.server or row.where is not Where.SERVER)
        for answer in matrix.judge(row, istio=istio, client=Client(Framework.GRPC, known.language, known.checked))
    }
    return row.verdict in seen


@pytest.mark.parametrize("feature", sorted(RAW["features"]))
def test_a_feature_that_is_reversed_is_noticed(feature: str) -> None:
    matrix = _reversed(feature)
    rows = [row for row in matrix.rows() if any(link.feature == feature for link in row.features)]
    if not all(_general(matrix, row) for row in rows) or contradicted(matrix, rows):
        return
    if any(_result(case, matrix) != before for case, before in _cases()):
        return
    assert feature in UNNOTICED


def test_what_is_listed_exists() -> None:
    assert UNNOTICED.keys() <= RAW["features"].keys()
