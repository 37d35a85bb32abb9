"""Dubbo and Kitex have columns of their own; what these do not name is unknown."""

import pytest

from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import parse_client
from proxyless.model.version import Version

MATRIX = load()


def verdict(row: str, client: str, istio: str = "1.31") -> list[str]:
    answers = MATRIX.judge(MATRIX.row(row), istio=Version.parse(istio), client=parse_client(client))
    return [answer.verdict.value for answer in answers]


@pytest.mark.parametrize(
    ("row", "dubbo", "kitex"),
    [
        ("DestinationRule.trafficPolicy.loadBalancer.simple.ROUND_ROBIN", "ignored", "ignored"),
        ("VirtualService.http.route.weight", "breaks", "supported"),
        ("VirtualService.http.match.headers.exact", "breaks", "supported"),
        ("VirtualService.http.match.uri.prefix", "altered", "altered"),
        ("VirtualService.http.timeout", "ignored", "supported"),
        ("VirtualService.http.corsPolicy", "ignored", "ignored"),
        ("DestinationRule.trafficPolicy.tls.mode.ISTIO_MUTUAL", "plaintext", "plaintext"),
        ("PeerAuthentication.mtls.mode.STRICT", "plaintext", "plaintext"),
        ("AuthorizationPolicy.action.DENY", "ignored", "ignored"),
        ("Service.ports.name.http", "supported", "breaks"),
        ("Service.clusterIP.None", "supported", "breaks"),
        ("VirtualService.http.match.sourceNamespace", "supported", "supported"),
        ("GRPCRoute.rules.backendRefs", "breaks", "supported"),
        ("GRPCRoute.rules.matches.method.full", "unknown", "unknown"),
        ("ServiceEntry.resolution.STATIC", "unknown", "unknown"),
    ],
)
def test_columns(row: str, dubbo: str, kitex: str) -> None:
    assert verdict(row, "dubbo-java=3.2.5") == [dubbo]
    assert verdict(row, "kitex=0.10.3") == [kitex]


def test_releases_that_cannot_join_break_and_are_left_out_where_the_release_is_not_known() -> None:
    row = "VirtualService.http.match.uri.exact"
    assert verdict(row, "dubbo-java=3.3.0") == ["breaks"]
    assert verdict(row, "kitex=0.9.0") == ["breaks"]
    answers = MATRIX.judge(MATRIX.row(row), istio=Version(1, 31), client=parse_client("dubbo-java"))
    assert {answer.applies: answer.verdict for answer in answers} == {
        "Dubbo Java 3.1": Verdict.IGNORED,
        "Dubbo Java 3.2 to 3.2.9": Verdict.ALTERED,
    }


def test_columns_may_depend_on_istio() -> None:
    assert verdict("VirtualService.http.match.headers.exact", "dubbo-java=3.2.5", "1.14") == ["breaks"]
    assert verdict("VirtualService.http.match.headers.exact", "dubbo-java=3.2.5", "1.13") == ["unknown"]


def test_another_implementation_of_the_framework_is_unknown() -> None:
    assert verdict("VirtualService.http.timeout", "dubbo-go=3.1.0") == ["unknown"]
    assert verdict("VirtualService.http.timeout", "dubbo-go=3.3.1") == ["breaks"]


def test_needs_are_told_for_each_framework() -> None:
    assert {need.subject for need in MATRIX.needs} >= {"injection", "istiod", "authentication", "Service port"}
