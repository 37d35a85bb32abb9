"""Evaluates AuthorizationPolicies for one call as an xDS server does. Pure; asked by ``lint.why``.

DENY comes first: one rule that holds ends it. Then, where there is an ALLOW policy at all, one of their rules must hold.
What cannot be told of the caller (its address, the method) leaves a rule undecided, and the answer says what is missing.
Source: gRFC A41; ``pilot/pkg/security/authz/model`` of istiod for what the fields become.
"""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network

from proxyless.mesh.effective.call import Call
from proxyless.mesh.effective.servers import action_of, rules_of
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth


class Caller(NamedTuple):
    """What a server can know of a call."""

    call: Call
    namespace: str
    account: str
    """Service account of the client's pod."""
    trust_domain: str
    identified: bool
    """Whether the connection is mTLS, so that the server knows who calls."""
    authority: str
    """``host:port`` as dialed."""
    port: int
    """Of the server's pod."""
    address: str = ""
    """IP of the client's pod; empty: not known."""

    @property
    def principal(self) -> str:
        """``cluster.local/ns/web/sa/cart``; empty: nobody, for plaintext."""
        return f"{self.trust_domain}/ns/{self.namespace}/sa/{self.account}" if self.identified else ""


class Evaluation(NamedTuple):
    """Whether something holds, the field that decides it, and why."""

    holds: Truth
    path: FieldPath
    words: str


class PolicyResult(NamedTuple):
    """The result of one policy for a call."""

    policy: Resource
    action: str
    said: Evaluation


class Access(NamedTuple):
    """The result of all policies of a server for one call."""

    allowed: Truth
    words: str
    judged: tuple[PolicyResult, ...] = ()
    decider: PolicyResult | None = None


def access(policies: Sequence[Resource], caller: Caller) -> Access:
    """Whether the policies of a server let a call through."""
    judged = tuple(PolicyResult(policy, action_of(policy), _policy(policy, caller)) for policy in policies)
    denying = [item for item in judged if item.action == "DENY"]
    allowing = [item for item in judged if item.action != "DENY"]
    for item in denying:
        if item.said.holds is Truth.YES:
            return Access(Truth.NO, f"{item.policy.ref} denies it: {item.said.words}", judged, item)
    unsure = next((item for item in denying if item.said.holds is Truth.UNKNOWN), None)
    if unsure is not None:
        return Access(Truth.UNKNOWN, f"whether {unsure.policy.ref} denies it: {unsure.said.words}", judged, unsure)
    for wanted in (Truth.YES, Truth.UNKNOWN) if allowing else ():
        for item in allowing:
            if item.said.holds is wanted:
                verb = "allows it" if wanted is Truth.YES else "is not decided"
                return Access(wanted, f"{item.policy.ref} {verb}: {item.said.words}", judged, item)
    if allowing:
        first = allowing[0]
        names = ", ".join(str(item.policy.ref) for item in allowing)
        return Access(Truth.NO, f"no rule of {names} allows it: {first.said.words}", judged, first)
    return Access(Truth.YES, "no policy denies it" if judged else "no policy has a say", judged)


def _policy(policy: Resource, caller: Caller) -> Evaluation:
    return _any([_rule(rule, ("spec", "rules", index), policy, caller) for index, rule in enumerate(rules_of(policy))])


def _any(said: Sequence[Evaluation]) -> Evaluation:
    """One that holds, else one that is not decided, else the first that does not."""
    for wanted in (Truth.YES, Truth.UNKNOWN):
        for item in said:
            if item.holds is wanted:
                return item
    return said[0] if said else Evaluation(Truth.NO, ("spec", "rules"), "it has no rules")


def _all(said: Sequence[Evaluation], path: FieldPath) -> Evaluation:
    """The first that does not hold, else one that is not decided, else all of it."""
    for wanted in (Truth.NO, Truth.UNKNOWN):
        for item in said:
            if item.holds is wanted:
                return item
    return Evaluation(
        Truth.YES, path, " and ".join(dict.fromkeys(item.words for item in said)) or "it has no conditions"
    )


def _rule(rule: Mapping[str, object], path: FieldPath, policy: Resource, caller: Caller) -> Evaluation:
    parts = []
    for key, inner in (("from", "source"), ("to", "operation")):
        entries = sequence(rule.get(key))
        if entries:
            said = [
                _fields(mapping(mapping(entry).get(inner)), (*path, key, index, inner), policy, caller)
                for index, entry in enumerate(entries)
            ]
            parts.append(_any(said))
    for index, entry in enumerate(sequence(rule.get("when"))):
        parts.append(_when(mapping(entry), (*path, "when", index), policy, caller))
    return _all(parts, path)


def _fields(fields: Mapping[str, object], path: FieldPath, policy: Resource, caller: Caller) -> Evaluation:
    return _all(
        [
            _field(name, list(map(str, sequence(values))), (*path, name), policy, caller)
            for name, values in fields.items()
            if values
        ],
        path,
    )


def _field(name: str, values: list[str], path: FieldPath, policy: Resource, caller: Caller) -> Evaluation:
    bare = name.removeprefix("not")
    positive = bare[:1].lower() + bare[1:] if bare != name else name
    return _said(positive, values, path, policy, caller, negated=positive != name)


def _when(entry: Mapping[str, object], path: FieldPath, policy: Resource, caller: Caller) -> Evaluation:
    key = str(entry.get("key") or "")
    both = [
        _said(key, list(map(str, sequence(entry[name]))), (*path, name), policy, caller, negated=name != "values")
        for name in ("values", "notValues")
        if entry.get(name)
    ]
    return _all(both, path)


def _said(
    name: str, values: list[str], path: FieldPath, policy: Resource, caller: Caller, *, negated: bool
) -> Evaluation:
    """Whether one condition holds: the caller's value is among those listed, or is not where it is negated."""
    reader = _READERS.get(name) or (_of_header(name) if name.startswith("request.headers[") else None)
    if name.startswith(("request.auth", "requestPrincipals")):
        return Evaluation(Truth.of(negated), path, "no caller has a verified token at a proxyless server")
    if reader is None:
        return Evaluation(Truth.UNKNOWN, path, f"what {name} is for the call is not known")
    value = reader(caller)
    if value is None:
        return Evaluation(Truth.UNKNOWN, path, _MISSING.get(name, f"{name} of the call is not known"))
    if any("{*}" in text or "{**}" in text for text in values) and name == "paths":
        return Evaluation(Truth.UNKNOWN, path, "a path template makes gRPC servers reject their listener")
    try:
        among = _among(name, value, values, policy, caller)
    except ValueError:
        return Evaluation(Truth.UNKNOWN, path, f"{name} {', '.join(values)} cannot be read")
    holds = among != negated
    told = f"{_TITLES.get(name, name)} is {value or 'nobody' if name not in _NAMELESS else value or 'not set'}"
    return Evaluation(
        Truth.of(holds),
        path,
        told if holds else f"{told}, the rule asks for {'other than ' if negated else ''}{', '.join(values)}",
    )


def _among(name: str, value: str, values: list[str], policy: Resource, caller: Caller) -> bool:
    if name in _ADDRESSES:
        return any(ip_address(value) in ip_network(text, strict=False) for text in values)
    if name in ("serviceAccounts", "source.serviceAccount"):
        texts = [text if "/" in text else f"{policy.namespace}/{text}" for text in values]
        return bool(caller.principal) and any(_fits(text, value) for text in texts)
    return any(_fits(text, value) for text in values)


def _fits(pattern: str, value: str) -> bool:
    """Istio's patterns: exact, ``prefix*``, ``*suffix``, ``*`` for any value but none."""
    if pattern == "*":
        return bool(value)
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def _of_header(name: str) -> Callable[[Caller], str | None]:
    key = name[len("request.headers[") :].rstrip("]").lower()
    return lambda caller: caller.call.metadata.get(key, "")


_ADDRESSES = ("ipBlocks", "source.ip", "remoteIpBlocks", "remote.ip")
_NAMELESS = ("methods", "paths", "hosts", "ports", "destination.port", "connection.sni")
_READERS: Mapping[str, Callable[[Caller], str | None]] = {
    **dict.fromkeys(("principals", "source.principal"), lambda caller: caller.principal),
    **dict.fromkeys(("namespaces", "source.namespace"), lambda caller: caller.namespace if caller.identified else ""),
    **dict.fromkeys(
        ("serviceAccounts", "source.serviceAccount"),
        lambda caller: f"{caller.namespace}/{caller.account}" if caller.identified else "",
    ),
    **dict.fromkeys(
        ("trustDomains", "source.trustDomain"), lambda caller: caller.trust_domain if caller.identified else ""
    ),
    **dict.fromkeys(_ADDRESSES, lambda caller: caller.address or None),
    "hosts": lambda caller: caller.authority,
    **dict.fromkeys(("ports", "destination.port"), lambda caller: str(caller.port)),
    "methods": lambda _: "POST",
    "paths": lambda caller: caller.call.method or None,
    "connection.sni": lambda _: "",
}
"""What is compared, by field of ``source`` and ``operation`` and by ``key`` of ``when``; None: not known."""
_TITLES = {
    "principals": "the caller",
    "source.principal": "the caller",
    "namespaces": "the caller's namespace",
    "source.namespace": "the caller's namespace",
    "paths": "the method",
    "methods": "the HTTP method",
    "hosts": "the host",
    "ports": "the port",
}
_MISSING = {
    "paths": "the method is not given",
    **dict.fromkeys(_ADDRESSES, "the address of the client's pod is not known"),
}
