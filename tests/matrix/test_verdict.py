"""Verdicts for given Istio, framework, language, version and environment, and what is said where these are not known."""

import pytest

from proxyless.errors import InputError, MatrixError
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Radius, Verdict
from proxyless.model.client import Language, parse_client
from proxyless.model.finding import Severity
from proxyless.model.version import Version

MATRIX = load()
SIMPLE = ("DestinationRule", "spec.trafficPolicy.loadBalancer.simple")
EXACT = ("VirtualService", "spec.http[].match[].headers.*.exact")


def ask(
    kind: str, path: str, value: object = None, istio: str = "", client: str = "", **environment: str
) -> tuple[Judgment, ...]:
    return MATRIX.verdict(
        kind,
        path,
        value,
        istio=Version.parse(istio) if istio else None,
        client=parse_client(client) if client else None,
        environment=environment,
    )


def words(answers: tuple[Judgment, ...]) -> dict[str, str]:
    return {answer.applies: answer.verdict.value for answer in answers}


@pytest.mark.parametrize(
    ("istio", "client", "expected"),
    [
        ("1.28", "python=1.85.1", "ignored"),
        ("1.28.6", "go=1.72", "ignored"),
        ("1.28", "go=1.73", "ignored"),
        ("1.28", "java=1.70", "ignored"),
        ("1.29", "python=1.85.1", "rejected"),
        ("1.29", "c++=1.60", "rejected"),
        ("1.29", "node=1.14.1", "rejected"),
        ("1.29-dev", "go=1.72.9", "rejected"),
        ("1.29", "go=1.73", "supported"),
        ("1.31.0-rc.0", "java=1.70.0", "rejected"),
        ("1.31.0-rc.0", "java=1.73.0", "supported"),
        ("1.29", "java=1.47", "rejected"),
    ],
)
def test_least_request(istio: str, client: str, expected: str) -> None:
    assert words(ask(*SIMPLE, "LEAST_REQUEST", istio, client)) == {"": expected}


def test_least_request_says_which_variable_would_help_and_believes_it() -> None:
    variable = "GRPC_EXPERIMENTAL_ENABLE_LEAST_REQUEST"
    (without,) = ask(*SIMPLE, "LEAST_REQUEST", "1.29", "go=1.60")
    assert (without.verdict, without.needs) == (Verdict.REJECTED, (variable,))
    assert words(ask(*SIMPLE, "LEAST_REQUEST", "1.29", "go=1.60", **{variable: "true"})) == {"": "supported"}
    assert words(ask(*SIMPLE, "LEAST_REQUEST", "1.29", "go=1.57", **{variable: "true"})) == {"": "rejected"}
    assert words(ask(*SIMPLE, "LEAST_REQUEST", "1.29", "go=1.73", **{variable: "false"})) == {"": "rejected"}


def test_unknown_versions_are_listed() -> None:
    assert words(ask(*SIMPLE, "LEAST_REQUEST")) == {
        "Istio from 1.29 with Go below 1.58 or any C++, Python, Ruby, PHP or Node": "rejected",
        "Istio from 1.29 with Go 1.58 to 1.72 or Java below 1.73": "rejected",
        "Istio below 1.29": "ignored",
        "Istio from 1.29 with Go or Java from 1.73": "supported",
    }
    assert words(ask(*EXACT, "a", client="go")) == {"Go below 1.56": "rejected", "Go from 1.56": "supported"}
    assert words(ask(*EXACT, "a")) == {
        "C++, Python, Ruby, PHP or Go below 1.56, Java below 1.53 or Node below 1.9": "rejected",
        "C++, Python, Ruby, PHP or Go from 1.56, Java from 1.53 or Node from 1.9": "supported",
    }


def test_releases_that_are_no_neighbors_are_told_apart() -> None:
    answers = words(ask("DestinationRule", "spec.trafficPolicy.tls.mode", "ISTIO_MUTUAL", "1.28", "java"))
    assert answers == {
        "Java below 1.41": "plaintext",
        "Java 1.73 to 1.76": "rejected",
        "Java 1.41 to 1.72 or Java from 1.77": "supported",
    }


def test_an_answer_for_old_releases_only_says_so() -> None:
    old, new = ask(*EXACT, "a", client="go")
    assert (old.newest, new.newest) == (False, True)


@pytest.mark.parametrize(
    ("client", "expected"),
    [("go=1.55.0", "rejected"), ("go=1.56.0", "supported"), ("python=1.55.3", "rejected"), ("node=1.9.0", "supported")],
)
def test_header_exact(client: str, expected: str) -> None:
    assert words(ask(*EXACT, "a", "1.30", client)) == {"": expected}


@pytest.mark.parametrize(("istio", "radius"), [("1.30.4", Radius.PORT), ("1.31.0", Radius.HOST), ("", Radius.PORT)])
def test_a_rejected_route_takes_the_port_along_until_istio_1_31(istio: str, radius: Radius) -> None:
    (answer,) = ask("VirtualService", "spec.http[].corsPolicy", {}, istio)
    assert (answer.verdict, answer.radius, answer.severity) == (Verdict.REJECTED, radius, Severity.ERROR)


@pytest.mark.parametrize("mode", ["SIMPLE", "MUTUAL"])
def test_tls_origination_is_plaintext_for_everyone(mode: str) -> None:
    (answer,) = ask("DestinationRule", "spec.trafficPolicy.tls.mode", mode)
    assert (answer.verdict, answer.applies, answer.row.security) == (Verdict.PLAINTEXT, "", True)
    assert answer.evidence


@pytest.mark.parametrize(
    ("client", "verdict", "radius"),
    [
        ("go=1.85.0", "breaks", Radius.ROUTE),
        ("python", "breaks", Radius.ROUTE),
        ("java=1.70", "rejected", Radius.PORT),
        ("node", "rejected", Radius.PORT),
    ],
)
def test_redirect(client: str, verdict: str, radius: Radius) -> None:
    (answer,) = ask("VirtualService", "spec.http[].redirect.uri", "/a", "1.30", client)
    assert (answer.verdict.value, answer.radius) == (verdict, radius)


@pytest.mark.parametrize(
    ("istio", "client", "expected"),
    [
        ("1.28", "java=1.72", "supported"),
        ("1.28", "java=1.73", "rejected"),
        ("1.28", "java=1.76.2", "rejected"),
        ("1.28", "java=1.77", "supported"),
        ("1.29", "java=1.75", "supported"),
        ("1.28", "node=1.14.1", "rejected"),
        ("1.29", "node=1.14.1", "supported"),
        ("1.29", "node=1.12", "plaintext"),
        ("1.28", "python=1.85.1", "supported"),
        ("1.31", "php=1.85.1", "plaintext"),
    ],
)
def test_istio_mutual(istio: str, client: str, expected: str) -> None:
    assert words(ask("DestinationRule", "spec.trafficPolicy.tls.mode", "ISTIO_MUTUAL", istio, client)) == {"": expected}


@pytest.mark.parametrize(
    ("value", "client", "expected"),
    [
        ("1s", "python", "breaks"),
        ("2s", "c++", "breaks"),
        ("3s", "python", "altered"),
        ("1s", "go", "supported"),
        ("1s", "node", "supported"),
    ],
)
def test_timeout_by_value(value: str, client: str, expected: str) -> None:
    answers = ask("VirtualService", "spec.http[].timeout", value, "1.31", client)
    assert [answer.verdict.value for answer in answers if answer.newest] == [expected]


def test_effects_of_neighbors_need_the_object() -> None:
    body = {"spec": {"http": [{"fault": {"abort": {"grpcStatus": "UNAVAILABLE"}}}]}}
    (found,) = [item for item in MATRIX.fields("VirtualService", body) if item.row.id.endswith("abort.grpcStatus")]
    node = parse_client("node=1.14.1")
    (seen,) = MATRIX.judge(*found, body, istio=Version(1, 31), client=node)
    (alone,) = MATRIX.judge(found.row, istio=Version(1, 31), client=node)
    assert (seen.verdict, alone.verdict) == (Verdict.REJECTED, Verdict.SUPPORTED)
    body["spec"]["http"][0]["fault"]["abort"]["percentage"] = {"value": 1}  # type: ignore[index]
    (given,) = MATRIX.judge(*found, body, istio=Version(1, 31), client=node)
    assert given.verdict is Verdict.SUPPORTED


def test_servers_are_judged_for_languages_that_have_one() -> None:
    answers = ask("AuthorizationPolicy", "spec.action", "DENY", "1.31")
    assert not any(name in answer.applies for answer in answers for name in ("Ruby", "PHP", ".NET", "Rust"))
    (node,) = ask("AuthorizationPolicy", "spec.action", "DENY", "1.31", "node=1.14.1")
    assert (node.verdict, node.radius, node.needs) == (Verdict.REJECTED, Radius.SERVER, ("GRPC_XDS_EXPERIMENTAL_RBAC",))
    (on,) = ask("AuthorizationPolicy", "spec.action", "DENY", "1.31", "node=1.14.1", GRPC_XDS_EXPERIMENTAL_RBAC="true")
    assert on.verdict is Verdict.SUPPORTED
    (ruby,) = ask("AuthorizationPolicy", "spec.action", "DENY", "1.31", "ruby=1.80.0")
    assert (ruby.verdict, "no xDS server" in ruby.reason) == (Verdict.IGNORED, True)


@pytest.mark.parametrize(
    ("version", "reason"),
    [("1.82.0", "vanishes"), ("1.82.1", "Never matches"), ("1.56", "vanishes"), ("1.41", "Unknown filter")],
)
def test_jwt_principals_in_go(version: str, reason: str) -> None:
    (answer,) = ask(
        "AuthorizationPolicy", "spec.rules[].from[].source.requestPrincipals[]", "*", "1.31", f"go={version}"
    )
    assert reason in answer.reason


@pytest.mark.parametrize(
    ("istio", "client", "expected"),
    [
        ("1.19", "go=1.56", "supported"),
        ("1.20", "go=1.56", "rejected"),
        ("1.20", "go=1.57", "supported"),
        ("1.20", "java=1.60", "supported"),
    ],
)
def test_string_match_in_rbac_came_a_release_later_than_in_routes(istio: str, client: str, expected: str) -> None:
    assert words(ask("AuthorizationPolicy", "spec.rules[].to[].operation.methods[]", "POST", istio, client)) == {
        "": expected
    }


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("methods", "GET", "breaks"),
        ("methods", "POST", "supported"),
        ("methods", "PO*", "supported"),
        ("notMethods", "GET", "supported"),
        ("notMethods", "*", "breaks"),
    ],
)
def test_grpc_is_always_post(field: str, value: str, expected: str) -> None:
    assert words(ask("AuthorizationPolicy", f"spec.rules[].to[].operation.{field}[]", value, "1.31", "go=1.85.0")) == {
        "": expected
    }


@pytest.mark.parametrize("client", ["dotnet"])
def test_a_language_without_xds_breaks(client: str) -> None:
    (answer,) = ask("VirtualService", "spec.http[].match[].uri.exact", "/a", "1.31", client)
    assert (answer.verdict, answer.radius) == (Verdict.BREAKS, Radius.CLIENT)


def test_a_release_before_xds_v3_breaks() -> None:
    (answer,) = ask("VirtualService", "spec.http[].match[].uri.exact", "/a", "1.31", "go=1.35.0")
    assert (answer.verdict, "xDS v3" in answer.reason) == (Verdict.BREAKS, True)


def test_a_release_newer_than_checked_is_assumed_to_be_like_it() -> None:
    (answer,) = ask(*SIMPLE, "LEAST_REQUEST", "1.31", "python=1.99.0")
    assert (answer.verdict, answer.assumed) == (Verdict.REJECTED, True)
    (checked,) = ask(*SIMPLE, "LEAST_REQUEST", "1.31", "python=1.85.1")
    assert not checked.assumed


def test_a_field_that_came_later_is_no_field_before() -> None:
    (answer,) = ask("DestinationRule", "spec.trafficPolicy.retryBudget", {}, "1.26", "go=1.80.0")
    assert (answer.verdict, "does not exist before Istio 1.27" in answer.reason) == (Verdict.IGNORED, True)


def test_what_takes_more_than_the_value_is_unknown_never_unsupported() -> None:
    answers = ask("VirtualService", "spec.hosts[]", "echo")
    assert {answer.verdict for answer in answers} == {Verdict.UNKNOWN}
    assert all(answer.row.value in answer.reason for answer in answers)


def test_paths_may_be_patterns_concrete_or_unknown() -> None:
    concrete = ("spec", "http", 3, "mirror")
    (one,) = MATRIX.verdict("VirtualService", concrete, {})
    assert [one.row.id] == [answer.row.id for answer in ask("VirtualService", "spec.http[3].mirror", {})]
    assert MATRIX.verdict("VirtualService", "spec.http[].mirrr", {}) == ()
    assert MATRIX.verdict("ConfigMap", "data") == ()
    assert [
        answer.row.id
        for answer in ask("VirtualService", "spec.http[].retries.attempts", client="go=1.85.0", istio="1.31")
    ] == ["VirtualService.http.retries.attempts"]
    with pytest.raises(InputError, match="no field of VirtualService"):
        ask("VirtualService", "spec..http")


def test_unknown_names_are_errors_of_ours() -> None:
    with pytest.raises(MatrixError):
        MATRIX.row("VirtualService.http.miror")
    with pytest.raises(MatrixError):
        MATRIX.support("route.miror", Language.GO)
