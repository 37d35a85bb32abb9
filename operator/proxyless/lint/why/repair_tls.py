"""The repair of a call whose two sides do not agree on mTLS: the side that lacks it gets it. For ``repair``."""

from proxyless.lint.remedy_commands import apply, manifest, merge
from proxyless.lint.why.question import Question
from proxyless.mesh.effective.call_ends import Code, End
from proxyless.mesh.pair import Party
from proxyless.model.path import show
from proxyless.model.record import NamedTuple


class Repair(NamedTuple):
    """What to change."""

    text: str
    command: str = ""
    """Does it on the live objects; empty where there is a choice."""
    code: str = ""
    """The rule that tells the same, for ``proxyless explain``; empty: none does."""


def both_sides(question: Question, end: End) -> Repair | None:
    """Both sides of mTLS: the side that lacks it gets it."""
    cluster, server = end.cluster, end.server
    if cluster is None or server is None or (end.access is not None and end.code is not Code.PLAINTEXT):
        return None
    party = question.party(server.workload)
    if end.code not in (Code.UNAVAILABLE, Code.PLAINTEXT) or party is None:
        return None
    if cluster.tls:
        return _server_side(end, party)
    client = _client_side(end)
    if end.code is Code.PLAINTEXT and party is Party.PROXYLESS:
        both = _server_side(end, party)
        commands = [part for part in (both.command, client.command) if part]
        command = " && ".join(commands) if len(commands) == 2 else ""  # noqa: PLR2004  both sides, or none
        return Repair(f"To encrypt these calls change both sides. {both.text} {client.text}", command)
    return client if party is not Party.PLAIN else None


def _server_side(end: End, party: Party) -> Repair:
    server, cluster = end.server, end.cluster
    assert server is not None and cluster is not None  # noqa: S101, PT018  both_sides asked
    if party is Party.PLAIN:
        setting = cluster.tls_setting
        if setting is None:
            return Repair("Give the server the agent.")
        path = (*setting.path, "mode")
        text = f"Give {server.workload.ref} the agent, or write `{show(path)}: DISABLE` in {setting.rule.ref}."
        return Repair(text)
    source, path = server.peer.source, server.peer.path
    if source is not None:
        return Repair(f"Write `{show(path)}: STRICT` in {source.ref}.", merge(source.ref, path, "STRICT"))
    namespace = server.workload.namespace
    body = manifest("security.istio.io/v1", "PeerAuthentication", namespace, "default", {"mtls": {"mode": "STRICT"}})
    return Repair(f"Add a PeerAuthentication with `mtls: {{mode: STRICT}}` in namespace {namespace}.", apply(body))


def _client_side(end: End) -> Repair:
    cluster = end.cluster
    assert cluster is not None  # noqa: S101  both_sides asked
    setting, taker = cluster.tls_setting, cluster.policy.taken_by.get("tls")
    if setting is not None:
        rule, path = setting.rule, (*setting.path, "mode")
    elif taker is not None:
        rule, path = taker.rule, (*taker.path, "tls", "mode")
    elif cluster.answer is not None:
        rule, path = cluster.answer.rule.decider, ("spec", "trafficPolicy", "tls", "mode")
    else:
        host = cluster.name.host
        namespace = cluster.seen.registered.namespace if cluster.seen is not None else ""
        spec = {"host": host, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}
        text = f"Add a DestinationRule in namespace {namespace} with `host: {host}` and `trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}`."
        name = f"{host.partition('.')[0]}-mtls"
        return Repair(text, apply(manifest("networking.istio.io/v1", "DestinationRule", namespace, name, spec)))
    return Repair(f"Write `{show(path)}: ISTIO_MUTUAL` in {rule.ref}.", merge(rule.ref, path, "ISTIO_MUTUAL"))
