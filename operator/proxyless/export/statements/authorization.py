"""PX602, PX605, PX606, PX607 and PX610 as CEL: conditions of security policies that proxyless servers do not know."""

from collections.abc import Callable

from proxyless.export.cel import at, items, path, place, string, text
from proxyless.export.statement import Statement, StatementPart, nothing_known

_DRY_RUN = "istio.io/dry-run"
_HEADER = "request.headers["
_FILTERS = "experimental.envoy.filters."
_LISTENER = (
    "the server rejects its whole listener. A running one keeps its old policies, "
    "a restarted one never serves; the pod is Ready in both cases."
)


def _action(name: str) -> str:
    """``ALLOW`` where nothing is written."""
    return f'{name}.?spec.?action.orValue("ALLOW")'


def _on_servers(name: str, condition: str, groups: str) -> str:
    """Groups of places in a policy that is not for gateways and meets a condition."""
    targets = f"(has({name}.spec) && has({name}.spec.targetRef)) || {items(name, 'spec', 'targetRefs')}.size() > 0"
    return f"{targets} || !({condition}) ? [] :\n{groups}"


def _enforced(name: str) -> str:
    return f'{_action(name)} in ["ALLOW", "DENY"]'


def _never(name: str, *, negated: bool) -> str:
    """What a condition that no request meets does to the policy's purpose."""
    denies = f'{_action(name)} == "DENY"'
    if negated:
        return f'"holds for every caller" + ({denies} ? ", so nobody is exempt from the denial" : ", whoever it is")'
    return f'"never holds, so nobody " + ({denies} ? "is denied by it" : "gets in by it")'


def _custom(name: str) -> str:
    provider = string(name, "spec", "provider", "name")
    asked = f'({provider} != "" ? {provider} : "its provider")'
    tail = ": istiod drops CUSTOM policies for them, and calls pass unchecked."
    says = f'"Proxyless servers never ask " + {asked} + {text(tail)}'
    found = place(path("spec", "action"), _action(name), says, is_text=True)
    return _on_servers(name, f'{_action(name)} == "CUSTOM"', f"[[{found}]]")


def _dry_run(name: str) -> str:
    written = string(name, "metadata", "annotations", _DRY_RUN)
    tail = " policy: istiod does not read the annotation for them."
    says = f'"Proxyless servers enforce this " + {_action(name)} + {text(tail)}'
    found = place(path("metadata", "annotations", _DRY_RUN), written, says, is_text=True)
    return _on_servers(name, f'{written}.lowerAscii() == "true" && {_enforced(name)}', f"[[{found}]]")


def _token_rules(name: str) -> str:
    rules = items(name, "spec", "jwtRules")
    says = "Proxyless servers do not validate tokens: calls with a bad token, or with none, are served."
    return _on_servers(name, f"{rules}.size() > 0", f"[[{place(path('spec', 'jwtRules'), rules, text(says))}]]")


def _tokens(name: str) -> str:
    dropped = next(
        row.releases[0] for row in nothing_known().matrix.advisories if row.id == "grpc-go.dropped_matchers"
    ).words

    def says(what: str, *, negated: bool) -> str:
        tail = f" (Go {dropped} skips the condition instead)."
        return f'"Proxyless servers know no token: " + {what} + " " + {_never(name, negated=negated)} + {text(tail)}'

    groups = []
    for field, negated in (("requestPrincipals", False), ("notRequestPrincipals", True)):
        where = path("spec", "rules", "$i", "from", "$n", "source", field)
        found = place(where, f"entry.source.{field}", says(text(field), negated=negated))
        groups.append(
            f"{items('rule', 'from')}.transformList(n, entry, has(entry.source) && has(entry.source.{field}), {found})"
        )
    key = string("entry", "key")
    condition = f'{key}.startsWith("request.auth.")'
    groups += _when(condition, lambda negated: says(key, negated=negated))
    sources = f"{items('rule', 'from')}.exists(entry, {at('entry', 'source', 'requestPrincipals')}.hasValue()"
    may = f"{sources} || {at('entry', 'source', 'notRequestPrincipals')}.hasValue())"
    return _on_servers(name, _enforced(name), _rules(name, f"{may} || {_any_when(condition)}", groups))


def _rejected(name: str) -> str:
    groups = []
    remedy = text("List prefixes, `/package.Service/*`.")
    for field in ("paths", "notPaths"):
        templates = (
            f'{items("entry", "operation", field)}.filter(value, value.contains("{{*}}") || value.contains("{{**}}"))'
        )
        says = f'"gRPC does not know the path template " + {templates}[0] + {text(f": {_LISTENER}")}'
        found = place(
            path("spec", "rules", "$i", "to", "$n", "operation", field),
            f"entry.operation.{field}",
            says,
            remedy=remedy,
        )
        groups.append(f"{items('rule', 'to')}.transformList(n, entry, {templates}.size() > 0, {found})")
    key = string("entry", "key")
    header = f"{key}.substring({len(_HEADER)}).lowerAscii()"
    condition = (
        f"{key}.startsWith({text(_HEADER)}) && "
        f'({header}.startsWith("grpc-") || {header}.matches({text("^:scheme]*$")}))'
    )
    says = f'"gRPC does not let policies match " + {header}.replace("]", "") + {text(f": {_LISTENER}")}'
    groups += _when(condition, lambda _: says, remedy=text("Match a header of your own."))
    fields = [
        f'{items("entry", "operation", field)}.exists(value, value.contains("{{"))' for field in ("paths", "notPaths")
    ]
    may = f"{items('rule', 'to')}.exists(entry, {' || '.join(fields)})"
    return _on_servers(name, _enforced(name), _rules(name, f"{may} || {_any_when(condition)}", groups))


def _attributes(name: str) -> str:
    key = string("entry", "key")
    cause = (
        f'({key} == "connection.sni" ? "gRPC servers compare with an empty server name" '
        ': "gRPC servers have no metadata of Envoy\'s filters")'
    )
    condition = f'{key} == "connection.sni" || {key}.startsWith({text(_FILTERS)})'
    groups = _when(
        condition,
        lambda negated: f'{cause} + ": " + {key} + " " + {_never(name, negated=negated)} + "."',
    )
    return _on_servers(name, _enforced(name), _rules(name, _any_when(condition), groups))


def _when(condition: str, says: Callable[[bool], str], *, remedy: str = "") -> list[str]:
    """CelPlaces of the entries of ``when`` whose key meets a condition: one for ``values``, one for ``notValues``."""
    key = string("entry", "key")
    found = []
    for field, negated in (("values", False), ("notValues", True)):
        one = place(path("spec", "rules", "$i", "when", "$n", "key"), key, says(negated), remedy=remedy, is_text=True)
        has = f"{items('entry', field)}.size() > 0"
        found.append(f"{items('rule', 'when')}.transformList(n, entry, {has} && ({condition}), {one})")
    return found


def _any_when(condition: str) -> str:
    """Whether a key of a rule's ``when`` meets a condition."""
    return f"{items('rule', 'when')}.exists(entry, {condition})"


def _rules(name: str, may: str, groups: list[str]) -> str:
    """One group of places for each rule of a policy; ``may``: what a rule must have for any, which most have not."""
    joined = "\n+ ".join(groups)
    rules = items(name, "spec", "rules")
    return f"!{rules}.exists(rule, {may}) ? [] :\n{rules}.transformList(i, rule, {joined})"


_POLICY = ("AuthorizationPolicy",)
ALL = (
    Statement("PX602", (StatementPart(_POLICY, _custom),)),
    Statement("PX605", (StatementPart(_POLICY, _dry_run),)),
    Statement("PX606", (StatementPart(("RequestAuthentication",), _token_rules), StatementPart(_POLICY, _tokens))),
    Statement("PX607", (StatementPart(_POLICY, _rejected),)),
    Statement("PX610", (StatementPart(_POLICY, _attributes),)),
)
