"""AuthorizationPolicy: one policy allows two paths, each with a condition: one that the caller meets and one that it does not.

`Yes` must be answered, `No` refused, and `Other`, which no rule names, is refused as soon as the policy is in force.
For DENY it is the other way round, and the path `Sign` is denied without a condition to show that the policy is in force.
"""

from dataclasses import replace
from typing import Any

from matrix_measured.case import Answers, Call, Judge, Manifest, Place, Result, Seen, ServerCase, manifest
from matrix_measured.judges import ok, words
from proxyless.matrix.verdict import Verdict

_ROW = "AuthorizationPolicy"
_SERVICE = "/proxyless.lab.Echo/"
_SELECTOR = {"matchLabels": {"app": "server"}}
_CALLER = "cluster.local/ns/matrix/sa/default"
_DENIED = "PERMISSION_DENIED"


def _policy(place: Place, action: str, rules: Any, name: str = "case", **more: Any) -> Manifest:
    spec = {"selector": _SELECTOR, "action": action} | ({} if rules is None else {"rules": rules}) | more
    return manifest("AuthorizationPolicy", name, place, spec)


def _denied(results: list[Result] | Any) -> bool:
    return all(result.get("code") == _DENIED for result in results)


def _rule(path: str, condition: dict[str, Any]) -> dict[str, Any]:
    """A rule for one path with one condition on source, operation or a key."""
    made: dict[str, Any] = {"to": [{"operation": {"paths": [_SERVICE + path]} | condition.get("operation", {})}]}
    if "source" in condition:
        made["from"] = [{"source": condition["source"]}]
    if "when" in condition:
        made["when"] = [condition["when"]]
    return made


def _enforced(answers: Answers) -> bool:
    return _denied(answers[2])


def _judge(answers: Answers) -> Seen:
    yes, no, other = answers[:3]
    text = f"condition met: {words(yes)}; not met: {words(no)}; no rule: {words(other)}"
    if not _denied(other):
        return Seen(Verdict.IGNORED if all(map(ok, other)) else Verdict.BREAKS, text)
    if all(map(ok, yes)) and _denied(no):
        return Seen(Verdict.SUPPORTED, text)
    return Seen(Verdict.BREAKS, text)


def _judge_deny(answers: Answers) -> Seen:
    yes, no, sign = answers[:3]
    text = f"condition met: {words(yes)}; not met: {words(no)}; denied without condition: {words(sign)}"
    if not _denied(sign):
        return Seen(Verdict.IGNORED if all(map(ok, sign)) else Verdict.BREAKS, text)
    if _denied(yes) and all(map(ok, no)):
        return Seen(Verdict.SUPPORTED, text)
    return Seen(Verdict.BREAKS, text)


def _allow(
    name: str, row: str, met: dict[str, Any], unmet: dict[str, Any], headers: dict[str, str] | None = None, *also: str
) -> ServerCase:
    calls = tuple(Call(path, headers=headers or {}) for path in ("Yes", "No", "Other"))
    return ServerCase(
        f"authz-{name}", (f"{_ROW}.{row}", *(f"{_ROW}.{item}" for item in also)),
        lambda place: [_policy(place, "ALLOW", [_rule("Yes", met), _rule("No", unmet)])], calls, _enforced, _judge,
    )  # fmt: skip


def _deny(
    name: str, row: str, met: dict[str, Any], unmet: dict[str, Any], headers: dict[str, str] | None = None
) -> ServerCase:
    calls = tuple(Call(path, headers=headers or {}) for path in ("Yes", "No", "Sign"))
    return ServerCase(
        f"authz-deny-{name}", (f"{_ROW}.{row}",),
        lambda place: [_policy(place, "DENY", [_rule("Yes", met), _rule("No", unmet), _rule("Sign", {})])], calls, _enforced, _judge_deny,
    )  # fmt: skip


def _source(name: str, field: str, met: list[str], unmet: list[str], *, negated: bool = True) -> list[ServerCase]:
    """A field of source and its negation."""
    made = [_allow(name, f"rules.from.source.{field}", {"source": {field: met}}, {"source": {field: unmet}})]
    if negated:
        other = f"not{field[0].upper()}{field[1:]}"
        made.append(
            _allow(f"not-{name}", f"rules.from.source.{other}", {"source": {other: unmet}}, {"source": {other: met}})
        )
    return made


def _operation(name: str, field: str, met: list[str], unmet: list[str]) -> list[ServerCase]:
    other = f"not{field[0].upper()}{field[1:]}"
    return [
        _allow(name, f"rules.to.operation.{field}", {"operation": {field: met}}, {"operation": {field: unmet}}),
        _allow(
            f"not-{name}", f"rules.to.operation.{other}", {"operation": {other: unmet}}, {"operation": {other: met}}
        ),
    ]


def _key(name: str, row: str, key: str, met: list[str], unmet: list[str]) -> ServerCase:
    return _allow(
        f"when-{name}",
        f"rules.when.key.{row}",
        {"when": {"key": key, "values": met}},
        {"when": {"key": key, "values": unmet}},
        {"x-user": "jason"},
        *(("rules.when.values",) if row == "sourceNamespace" else ()),
    )


def _sign(place: Place) -> Manifest:
    """Shows that istiod has sent what was applied with it."""
    return _policy(place, "DENY", [_rule("Sign", {})], name="sign")


def _by_sign(meant: str, *, passed: Verdict, refused: Verdict) -> Judge:
    """What calls show once the sign has arrived: the verdicts where all of them pass, and where one is refused."""

    def judge(answers: Answers) -> Seen:
        calls, sign = answers[:2]
        text = f"calls it should {meant}: {words(calls)}; sign that it arrived: {words(sign)}"
        if not _denied(sign):
            return Seen(Verdict.BREAKS, text)
        return Seen(passed if all(map(ok, calls)) else refused, text)

    return judge


_refuses = _by_sign("refuse", passed=Verdict.IGNORED, refused=Verdict.SUPPORTED)
_judge_dry_run = _by_sign("let through", passed=Verdict.SUPPORTED, refused=Verdict.ALTERED)
"""A dry run is meant to let every call through."""


def _without_effect(name: str, row: str, *objects: Any, also: tuple[str, ...] = ()) -> ServerCase:
    """A policy that would refuse everything if it were in force; a second one shows that it has arrived."""
    return ServerCase(
        f"authz-{name}", (f"{_ROW}.{row}", *also),
        lambda place: [*(made(place) for made in objects), _sign(place)],
        (Call("Yes"), Call("Sign")), lambda answers: _denied(answers[1]), _refuses, signed=True,
    )  # fmt: skip


def _dry_run(place: Place) -> Manifest:
    made = _policy(place, "DENY", [_rule("Yes", {})])
    made["metadata"]["annotations"] = {"istio.io/dry-run": "true"}
    return made


CASES = (
    ServerCase("authz-allow", (f"{_ROW}.action.ALLOW", f"{_ROW}.rules.to.operation.paths"),
               lambda place: [_policy(place, "ALLOW", [_rule("Yes", {})])], (Call("Yes"), Call("No"), Call("Other")), _enforced, _judge),
    ServerCase("authz-deny", (f"{_ROW}.action.DENY",),
               lambda place: [_policy(place, "DENY", [_rule("Yes", {}), _rule("Sign", {})])], (Call("Yes"), Call("No"), Call("Sign")), _enforced, _judge_deny),
    ServerCase("authz-any", (f"{_ROW}.rules.any",), lambda place: [_policy(place, "DENY", [{}])],
               (Call("Yes"), Call("No"), Call("Other")), _enforced,
               lambda answers: Seen(Verdict.SUPPORTED if all(map(_denied, answers[:3])) else Verdict.IGNORED, words(answers[0]))),
    ServerCase("authz-prefix", (f"{_ROW}.rules.to.operation.paths",),
               lambda place: [_policy(place, "ALLOW", [{"to": [{"operation": {"paths": [_SERVICE + "Ye*"]}}]}])],
               (Call("Yes"), Call("No"), Call("Other")), _enforced, _judge),
    ServerCase("authz-not-paths", (f"{_ROW}.rules.to.operation.notPaths",),
               lambda place: [_policy(place, "ALLOW", [{"to": [{"operation": {"notPaths": [_SERVICE + "No", _SERVICE + "Other"]}}]}])],
               (Call("Yes"), Call("No"), Call("Other")), _enforced, _judge),
    ServerCase("authz-template", (f"{_ROW}.rules.to.operation.paths.template",),
               lambda place: [_policy(place, "ALLOW", [{"to": [{"operation": {"paths": ["/{*}/Yes"]}}]}])],
               (Call("Yes"), Call("No"), Call("Other")), _enforced, _judge),
    ServerCase("authz-not-template", (f"{_ROW}.rules.to.operation.notPaths.template",),
               lambda place: [_policy(place, "ALLOW", [{"to": [{"operation": {"paths": [_SERVICE + "Yes", _SERVICE + "No"], "notPaths": ["/proxyless.lab.Echo/{*}/No"]}}]}])],
               (Call("Yes"), Call("No"), Call("Other")), _enforced, _judge),
    _allow("principals", "action.ALLOW", {"source": {"principals": [_CALLER]}}, {"source": {"principals": ["cluster.local/ns/matrix/sa/other"]}}),
    _allow("not-principals", "action.ALLOW", {"source": {"notPrincipals": ["cluster.local/ns/matrix/sa/other"]}}, {"source": {"notPrincipals": [_CALLER]}}),
    *_source("namespaces", "namespaces", ["matrix"], ["elsewhere"]),
    *_source("accounts", "serviceAccounts", ["matrix/default"], ["matrix/other"]),
    *_source("ip", "ipBlocks", ["10.0.0.0/8"], ["192.0.2.0/24"]),
    *_source("request-principals", "requestPrincipals", ["*"], ["issuer/nobody"]),
    *_operation("methods", "methods", ["POST"], ["GET"]),
    *_operation("ports", "ports", ["17070"], ["9999"]),
    *_operation("hosts", "hosts", ["server-*"], ["other.example.com:7070"]),
    _key("header", "headers", "request.headers[x-user]", ["jason"], ["mark"]),
    _allow("when-not", "rules.when.notValues", {"when": {"key": "source.namespace", "notValues": ["elsewhere"]}},
           {"when": {"key": "source.namespace", "notValues": ["matrix"]}}),
    _key("reserved", "reservedHeaders", "request.headers[grpc-encoding]", ["*"], ["nothing"]),
    _key("source-ip", "sourceIp", "source.ip", ["10.0.0.0/8"], ["192.0.2.0/24"]),
    _key("namespace", "sourceNamespace", "source.namespace", ["matrix"], ["elsewhere"]),
    _key("account", "sourceServiceAccount", "source.serviceAccount", ["matrix/default"], ["matrix/other"]),
    _key("auth-principal", "authPrincipal", "request.auth.principal", ["*"], ["issuer/nobody"]),
    _key("auth-audiences", "authAudiences", "request.auth.audiences", ["*"], ["nobody"]),
    _key("auth-presenter", "authPresenter", "request.auth.presenter", ["*"], ["nobody"]),
    _key("auth-claims", "authClaims", "request.auth.claims[group]", ["*"], ["nobody"]),
    _key("destination-ip", "destinationIp", "destination.ip", ["10.0.0.0/8"], ["192.0.2.0/24"]),
    _key("destination-port", "destinationPort", "destination.port", ["17070"], ["9999"]),
    _key("sni", "connectionSni", "connection.sni", ["*"], ["other.example.com"]),
    _key("envoy", "envoyFilters", "experimental.envoy.filters.network.mysql_proxy[db.table]", ["[update]"], ["[drop]"]),
    _deny("principals", "action.DENY", {"source": {"principals": [_CALLER]}}, {"source": {"principals": ["cluster.local/ns/a/sa/b"]}}),
    _deny("ip", "rules.from.source.ipBlocks", {"source": {"ipBlocks": ["10.0.0.0/8"]}}, {"source": {"ipBlocks": ["192.0.2.0/24"]}}),
    _deny("header", "rules.when.key.headers", {"when": {"key": "request.headers[x-user]", "values": ["jason"]}},
          {"when": {"key": "request.headers[x-user]", "values": ["mark"]}}, {"x-user": "jason"}),
    _without_effect("empty", "rules.empty", lambda place: _policy(place, "ALLOW", None)),
    _without_effect("audit", "action.AUDIT", lambda place: _policy(place, "AUDIT", [_rule("Yes", {})])),
    _without_effect("custom", "action.CUSTOM", lambda place: _policy(place, "CUSTOM", [_rule("Yes", {})], provider={"name": "ext"}), also=(f"{_ROW}.provider",)),
    replace(_without_effect("dry-run", "annotations.istio.io/dry-run.true", _dry_run), judge=_judge_dry_run),
)  # fmt: skip
