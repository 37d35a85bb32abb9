"""Messages for client and server pairs whose mTLS fails: what happens, what to write instead, what is uncertain. For rules."""

from collections.abc import Iterator

from proxyless.lint.hidden_rules import Hiding, hidden_from
from proxyless.lint.mtls_model import Pair
from proxyless.lint.remedy_commands import mutual
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.model.fix import Fix, put
from proxyless.model.path import FieldPath, show
from proxyless.model.resource import Ref, Resource


def happening(world: World, subject: Resource, pairs: list[Pair]) -> str:
    """What happens to calls, for pairs that fail for one reason, with the settings of the other side."""
    first = pairs[0]
    addresses = list(dict.fromkeys(pair.address for pair in pairs))
    where = addresses[0] + (f" and {len(addresses) - 1} more" if len(addresses) > 1 else "")
    servers = named([pair.server.workload for pair in pairs])
    client = "" if subject.kind == "DestinationRule" else f" ({_client(world, first)})"
    server = servers if subject.kind == "PeerAuthentication" else f"{servers}; {_server(first)}"
    if first.demands_tls:
        return (
            f"{_calling(pairs, where)} in plaintext{client}, but its server demands mTLS "
            f"({server}): every call fails, the connection is reset."
        )
    return (
        f"{_calling(pairs, where)} with mTLS{client}, but its server speaks plaintext ({server}): "
        "every call fails in the TLS handshake."
    )


def _calling(pairs: list[Pair], where: str) -> str:
    """Who calls what: real clients by name, else it is said for whoever in the namespaces does."""
    known = [workload for pair in pairs for workload in pair.callers]
    if known:
        return f"{named(known)} {'calls' if len({item.ref for item in known}) == 1 else 'call'} {where}"
    names = sorted({pair.client.namespace for pair in pairs})
    more = f" or {len(names) - 1} more" if len(names) > 1 else ""
    return f"If a client in namespace {names[0]}{more} calls {where}, it does so"


def _client(world: World, pair: Pair) -> str:
    tls = pair.policy.settings.get("tls")
    subset = f", subset {pair.subset}" if pair.subset else ""
    if tls:
        return f"{tls.rule.ref}{subset}: {pair.policy.tls_mode}"
    if pair.cluster.answer is None:
        hidden = _hidden(world, pair)
        return hidden.words if hidden is not None else "no DestinationRule for it"
    return f"{pair.cluster.answer.rule.decider.ref}{subset}: no tls"


def _hidden(world: World, pair: Pair) -> Hiding | None:
    """The first rule for the host that the clients do not get, where they get none."""
    return next(iter(hidden_from(world, pair.host, pair.client)), None) if pair.cluster.answer is None else None


def _server(pair: Pair) -> str:
    source, mode = pair.peer.source, pair.peer.mode.value
    label = ", pod label security.istio.io/tlsMode" if pair.demands_tls and mode != "STRICT" else ""
    return f"{source.ref}: {mode}{label}" if source else f"no PeerAuthentication{label}"


def remedy(world: World, subject: Resource, pair: Pair) -> str:
    """Which object to change or add, and what to write there."""
    return _for_client(world, subject, pair) if pair.demands_tls else _for_server(subject, pair)


def _for_server(subject: Resource, pair: Pair) -> str:
    source, namespace = pair.peer.source, pair.server.workload.namespace
    if source is subject:
        client = pair.policy.settings["tls"].rule.ref
        return f"Write `mode: STRICT` here, or `tls: {{mode: DISABLE}}` in {client}."
    if source:
        return f"Write `mode: STRICT` in {source.ref}, or `mode: DISABLE` here until it has it."
    return (
        f"Add a PeerAuthentication with `mtls: {{mode: STRICT}}` in namespace {namespace}, "
        "or write `mode: DISABLE` here until it exists."
    )


def _for_client(world: World, subject: Resource, pair: Pair) -> str:
    hidden = _hidden(world, pair)
    if hidden is not None:
        return f"Change {show(hidden.path)} of {hidden.rule.ref} so that these clients get it, with `tls: {{mode: ISTIO_MUTUAL}}`."
    if pair.cluster.answer is None:
        return (
            f"Add a DestinationRule in namespace {pair.server.workload.namespace} with `host: {pair.host}` and "
            "`trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}`."
        )
    holder, path = _decides_client(pair, pair.cluster.answer.rule.decider)
    where = "here" if holder is subject else f"in {holder.ref}"
    return f"Write `{show(path)}: {{mode: ISTIO_MUTUAL}}` {where}."


def _decides_client(pair: Pair, otherwise: Resource) -> tuple[Resource, FieldPath]:
    """The DestinationRule that decides the client's side, and its field for tls."""
    tls, taker = pair.policy.settings.get("tls"), pair.policy.taken_by.get("tls")
    if tls:
        return tls.rule, tls.path
    return (taker.rule, (*taker.path, "tls")) if taker else (otherwise, ("spec", "trafficPolicy", "tls"))


def command(pair: Pair) -> str:
    """The command for a client side that lacks mTLS in a rule as a whole; empty where there is a choice."""
    if not pair.demands_tls or pair.cluster.answer is None:
        return ""
    holder, path = _decides_client(pair, pair.cluster.answer.rule.decider)
    return mutual(holder.ref) if path == ("spec", "trafficPolicy", "tls") else ""


def fix(subject: Resource, pair: Pair) -> Fix | None:
    """MTLS for the client side, where the subject is the DestinationRule that lacks it."""
    if not pair.demands_tls or pair.cluster.answer is None:
        return None
    holder, path = _decides_client(pair, pair.cluster.answer.rule.decider)
    return put((*path, "mode"), "ISTIO_MUTUAL") if holder.ref == subject.ref and path[-1:] == ("tls",) else None


def doubt(world: World, pairs: list[Pair]) -> str:
    """Under which condition the pairs fail, empty where that is certain."""
    if not pairs[0].demands_tls:
        certain = all(pair.certain for pair in pairs)
        return "" if certain else "no other PeerAuthentication sets STRICT for it"
    decided = any(
        pair.policy.settings.get("tls") or (pair.cluster.answer and pair.cluster.answer.rule.policy) for pair in pairs
    )
    if decided or world.complete("DestinationRule"):
        return ""
    return "no other DestinationRule sets ISTIO_MUTUAL for it"


def related(world: World, subject: Resource, pairs: list[Pair]) -> Iterator[Ref]:
    """The other objects that make the pairs fail."""
    seen = {subject.ref}
    for pair in pairs:
        tls = pair.policy.settings.get("tls")
        rule = tls.rule if tls else pair.cluster.answer.rule.decider if pair.cluster.answer else None
        callers = (workload.resource for workload in pair.callers)
        hidden = _hidden(world, pair)
        for item in (rule, hidden.rule if hidden else None, pair.peer.source, pair.server.workload.resource, *callers):
            if item and item.ref not in seen:
                seen.add(item.ref)
                yield item.ref
