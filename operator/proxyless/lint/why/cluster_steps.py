"""The steps behind a route: cluster, subset, TLS on both sides, endpoints, policies. Words and places only; used by ``steps``."""

from collections.abc import Iterator, Sequence

from proxyless.lint.why.question import Question
from proxyless.lint.why.step import FAILS, NOTE, OK, STATES, UNKNOWN, CallStep, deciding_step
from proxyless.mesh.effective.access import Access
from proxyless.mesh.effective.call_ends import Code, End
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.servers import Server, action_of
from proxyless.mesh.pair import Party
from proxyless.model.resource import Resource, sequence
from proxyless.model.truth import Truth

_SHOWN = 5
"""Servers of a cluster that are told one by one."""


def cluster_step(question: Question, name: str, weight: int | None, ends: Sequence[End]) -> CallStep:
    """A cluster with what is behind it; ``ends``: those of the call that lead through it."""
    cluster = question.client.cluster(name)
    share = f", weight {weight}" if weight is not None else ""
    missing = next((end for end in ends if end.endpoint is None), None)
    if not cluster.exists and missing is not None:
        return CallStep(
            "cluster",
            STATES[missing.code],
            f"{missing.because.words}{share}",
            missing.because.resource,
            missing.because.path,
        )
    below = [*_subset(cluster), *_client_side(question, cluster), *_shadowed_rules(cluster)]
    if missing is not None:
        below.append(deciding_step("endpoints", missing.code, missing.because))
    below += _servers(question, [end for end in ends if end.endpoint is not None])
    resource = cluster.seen.registered.resource if cluster.seen is not None else None
    return CallStep("cluster", OK, f"{name}{share}", resource, (), tuple(below))


def _subset(cluster: Cluster) -> Iterator[CallStep]:
    subset = cluster.subset
    if subset is not None:
        labels = ", ".join(f"{key}={value}" for key, value in subset.labels.items())
        yield CallStep(
            "subset", OK, f"{subset.name}: {labels or 'no labels, so all endpoints'}", subset.rule, subset.path
        )


def _client_side(question: Question, cluster: Cluster) -> Iterator[CallStep]:
    """What the client sends; an Envoy without a mode decides it for each endpoint, and others read no DestinationRule."""
    if question.caller is Party.PROXYLESS or (question.caller is Party.ENVOY and cluster.tls_setting is not None):
        yield _client_tls(cluster)
    elif question.caller is Party.ENVOY:
        text = (
            "no DestinationRule sets tls: automatic mTLS, towards pods with the label security.istio.io/tlsMode: istio"
        )
        yield CallStep("tls", NOTE, text)


def _client_tls(cluster: Cluster) -> CallStep:
    setting = cluster.tls_setting
    sends = {True: "mTLS", False: "plaintext", None: "what is not known"}[cluster.tls]
    if setting is not None:
        return CallStep(
            "tls",
            NOTE,
            f"client sends {sends} ({cluster.policy.tls_mode or 'no mode'})",
            setting.rule,
            (*setting.path, "mode"),
        )
    if cluster.answer is None:
        return CallStep("tls", NOTE, f"client sends {sends}: no DestinationRule of {cluster.name.host} reaches it")
    taker = cluster.policy.taken_by.get("tls")
    if taker is not None:
        return CallStep(
            "tls",
            NOTE,
            f"client sends {sends}: this port entry sets no tls and takes the wider one away",
            taker.rule,
            taker.path,
        )
    rule = cluster.answer.rule.decider
    return CallStep("tls", NOTE, f"client sends {sends}: {rule.ref} sets no tls", rule, ("spec", "trafficPolicy"))


def _shadowed_rules(cluster: Cluster) -> Iterator[CallStep]:
    if cluster.answer is None:
        return
    for rule in cluster.answer.rule.overruled:
        text = f"trafficPolicy of {rule.ref}: an older rule of the same host has one"
        yield CallStep("shadowed", NOTE, text, rule, ("spec", "trafficPolicy"))
    for item in cluster.shadowed:
        for rule in item.rule.rules:
            yield CallStep("shadowed", NOTE, f"{rule.ref}, found in {item.step.value} only", rule, ("spec", "host"))


def _servers(question: Question, ends: Sequence[End]) -> Iterator[CallStep]:
    for end in ends[:_SHOWN]:
        place = str(end.endpoint)
        if end.server is None or end.endpoint is None:
            yield CallStep(
                "endpoint", STATES[end.code], f"{place}: {end.because.words}", end.because.resource, end.because.path
            )
            continue
        workload = end.server.workload
        bad = end.code in (Code.UNAVAILABLE, Code.UNKNOWN) and end.access is None
        below = [_server_tls(question, end.server, STATES[end.code] if bad else OK)]
        below += _policies(question, end.server, end.access)
        text = f"{workload.ref} port {end.server.port}" + (
            f" at {end.endpoint.address}" if end.endpoint.address else ""
        )
        yield CallStep("endpoint", STATES[end.code], text, workload.resource, (), tuple(below))
    if len(ends) > _SHOWN:
        rest = ends[_SHOWN:]
        worse = [end for end in rest if STATES[end.code] != OK]
        state = STATES[worse[0].code] if worse else OK
        yield CallStep(
            "endpoint", state, f"and {len(rest)} more" + (f", {len(worse)} of them not reached" if worse else "")
        )


def _server_tls(question: Question, server: Server, state: str) -> CallStep:
    party = question.party(server.workload)
    source, mode = server.peer.source, server.peer.mode.value
    by = f"{source.ref}: {mode}" if source is not None else f"no PeerAuthentication, so {mode}"
    match party:
        case Party.PROXYLESS:
            text = f"server speaks {'mTLS' if server.tls else 'plaintext'} ({by})"
        case Party.ENVOY:
            text = f"a sidecar accepts it ({by})" if state == OK else f"a sidecar refuses it ({by})"
        case Party.PLAIN:
            text = "server is outside the mesh and speaks plaintext"
        case _:
            return CallStep(
                "tls", UNKNOWN, "whether it has a sidecar, an agent or neither is not known", server.workload.resource
            )
    return CallStep("tls", state, text, source, server.peer.path)


def _policies(question: Question, server: Server, said: Access | None) -> Iterator[CallStep]:
    """Each policy with what it says of the call, those that have no say with the reason."""
    judged = said.judged if said is not None else ()
    for item in judged:
        decides = said is not None and item is said.decider
        state = _DECIDING[said.allowed] if said is not None and decides else NOTE
        verb = {Truth.YES: "holds", Truth.NO: "does not hold", Truth.UNKNOWN: "is not decided"}[item.said.holds]
        text = f"{item.policy.ref} ({item.action}) {verb}: {item.said.words}"
        yield CallStep("policy", state, text, item.policy, item.said.path)
    if said is not None and not judged:
        yield CallStep("policy", OK, "no AuthorizationPolicy has a say")
    told_of = {item.policy for item in judged}
    for policy in question.policies_around(server.workload):
        if policy not in told_of:
            words = _no_say(question, server, policy, came_so_far=said is not None)
            yield CallStep("policy", NOTE, f"{policy.ref} {words}", policy, ("spec",))


_DECIDING = {Truth.YES: OK, Truth.NO: FAILS, Truth.UNKNOWN: UNKNOWN}


def _no_say(question: Question, server: Server, policy: Resource, *, came_so_far: bool) -> str:
    """Why a policy does not decide about the call."""
    if policy.spec.get("targetRefs") or policy.spec.get("targetRef"):
        return "is aimed at a gateway or waypoint, so this server does not get it"
    if action_of(policy) not in ("ALLOW", "DENY"):
        return f"has the action {action_of(policy)}, which proxyless servers do not get"
    if not sequence(policy.spec.get("rules")):
        return "has no rules: a proxyless server gets nothing of it and allows all"
    party = question.party(server.workload)
    if party is Party.PLAIN or (party is Party.PROXYLESS and question.enforces(server.workload) is Truth.NO):
        return "is not enforced: " + (
            "the server is outside the mesh" if party is Party.PLAIN else "its library cannot"
        )
    return "is not asked" if came_so_far else "is not asked, the call does not come so far"
