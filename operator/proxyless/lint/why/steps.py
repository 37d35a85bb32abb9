"""The steps of one call as a tree: listener, routes, clusters, TLS, endpoints, policies, streams. Words and places only."""

from collections.abc import Iterator, Sequence

from proxyless.lint.libraries import library
from proxyless.lint.why.cluster_steps import cluster_step
from proxyless.lint.why.question import Question
from proxyless.lint.why.step import FAILS, NOTE, OK, UNKNOWN, CallStep, deciding_step
from proxyless.lint.xds_streams import streams_of
from proxyless.mesh.effective.call import Tried
from proxyless.mesh.effective.call_ends import Code
from proxyless.mesh.effective.client import Target
from proxyless.mesh.effective.routes import Route
from proxyless.mesh.pair import Party
from proxyless.model.finding import Finding, Severity
from proxyless.model.truth import Truth

_STREAMS = "PX109"


def tree(question: Question, findings: Sequence[Finding]) -> tuple[CallStep, ...]:
    """All steps, in the order in which a call takes them."""
    if question.caller is not Party.PROXYLESS:
        found = [_other_client(question)]
    else:
        found = [_client(question), *_streams(question, findings)]
    target = question.target
    if target is not None:
        found.append(_listener(question, target))
        if target.listener:
            found += _routes(question, target)
    return tuple(found)


def _client(question: Question) -> CallStep:
    workload = question.workload
    kind = "proxyless" if question.world.is_proxyless(workload) else "not known to be proxyless"
    state = OK if question.world.is_proxyless(workload) else UNKNOWN
    known = question.library.language is not None
    which = library(question.library) if known else "its library is not known (annotation proxyless.dev/language)"
    text = f"{workload.ref} is {kind}; {which}"
    return CallStep("client", state, text, workload.resource, (*workload.path, "metadata"), tuple(_sidecars(question)))


_OTHER = {
    Party.ENVOY: "has an Envoy sidecar, which istiod configures by the same routes and rules",
    Party.AMBIENT: "is in ambient mode: a ztunnel takes its traffic, which reads no routes and no DestinationRules",
    Party.PLAIN: "is outside the mesh: neither routes nor DestinationRules hold for it",
}


def _other_client(question: Question) -> CallStep:
    workload = question.workload
    if not question.is_gateway:
        text = f"{workload.ref} {_OTHER[question.caller]}"
        return CallStep("client", OK, text, workload.resource, (*workload.path, "metadata"), tuple(_sidecars(question)))
    gateways = tuple(
        CallStep("listener", NOTE, f"serves {item.ref}", item, ("spec", "selector")) for item in question.gateways
    )
    state = OK if gateways else UNKNOWN
    text = f"{workload.ref} is a gateway" + ("" if gateways else ", and no Gateway that selects it was given")
    return CallStep("client", state, text, workload.resource, (*workload.path, "metadata"), gateways)


def _sidecars(question: Question) -> Iterator[CallStep]:
    chosen = question.client.sidecar
    if chosen.sidecar is not None:
        others = tuple(CallStep("shadowed", NOTE, f"{item.ref}", item) for item in chosen.shadowed)
        yield CallStep(
            "sidecar", NOTE, f"{chosen.sidecar.ref} restricts what it finds", chosen.sidecar, ("spec",), others
        )


def _streams(question: Question, findings: Sequence[Finding]) -> Iterator[CallStep]:
    streams = streams_of(question.workload, question.world)
    if streams is None:
        return
    finding = next((item for item in findings if item.code == _STREAMS and item.ref == question.workload.ref), None)
    resource = question.workload.resource
    if finding is None:
        yield CallStep("streams", OK, f"through the agent: {streams.words}", resource)
        return
    state = FAILS if finding.severity is Severity.ERROR else NOTE
    doubt = "" if state == FAILS else "perhaps "
    text = f"{doubt}several, of which the agent serves one at a time ({_STREAMS} below): {streams.words}"
    yield CallStep("streams", state, text, resource, finding.path)


def _listener(question: Question, target: Target) -> CallStep:
    short = "" if question.address.host in question.dialed else f"{question.dialed} means {question.address.host}: "
    if target.hidden is not None:
        why = target.hidden
        state = UNKNOWN if why.is_unknown else FAILS
        return CallStep("listener", state, f"{short}none, {why.reason}", why.resource, why.path)
    seen = target.seen
    if question.is_gateway and target.virtual_host is not None:
        return CallStep("listener", OK, f"{target.host}:{target.port} of its Gateway, HTTP")
    if seen is None:
        return CallStep("listener", UNKNOWN, f"{short}{target.host}:{target.port}")
    resource = seen.registered.resource
    port = seen.port(target.port)
    protocol = f" ({port.protocol})" if port is not None else ""
    through: tuple[CallStep, ...] = ()
    if seen.source is not None:
        through = (CallStep("visible", NOTE, f"comes in through {seen.source.ref}", seen.source, seen.path),)
    text = f"{short}{resource.ref} port {target.port}{protocol}"
    return CallStep("listener", OK, text, resource, port.path if port is not None else (), through)


def _routes(question: Question, target: Target) -> Iterator[CallStep]:
    for routing in target.routed.shadowed:
        yield CallStep(
            "shadowed",
            NOTE,
            f"{routing.resource.ref} is for the host too, another one wins it",
            routing.resource,
            ("spec", "hosts"),
        )
    for routing in target.routed.skipped:
        yield CallStep(
            "shadowed",
            NOTE,
            f"{routing.resource.ref} has no route for this client and port",
            routing.resource,
            ("spec", "http"),
        )
    host = target.virtual_host
    if host is None:
        end = question.ends[0]
        yield CallStep("route", FAILS, end.because.words, end.because.resource, end.because.path)
        return
    behind = 0
    for item in question.tried:
        if item.reached:
            yield _route(question, item)
        else:
            behind += 1
    untaken = next((end for end in question.ends if end.tried is None), None)
    if untaken is not None:
        yield deciding_step("route", untaken.code, untaken.because)
    if behind:
        yield CallStep("route", NOTE, f"{behind} more behind it, which this call does not reach")
    for resource, path in host.unreached:
        yield CallStep("route", NOTE, "never sent: an earlier route takes every call", resource, path)


def _route(question: Question, item: Tried) -> CallStep:
    route = item.route
    name = repr(route.name) if route.name else "without a name"
    path = route.match_path or route.path
    ends = [end for end in question.ends if end.tried is not None and end.tried.route is route]
    if item.takes is Truth.NO:
        return CallStep("route", NOTE, f"{name} does not take it: {item.why}", route.resource, path)
    if route.resource is None:
        text = "the default of the Service, no VirtualService routes the host"
    else:
        verb = "takes it" if item.takes is Truth.YES else "may take it"
        text = f"{name} {verb}: {item.why}{_handling(route)}"
    below = [
        *(
            deciding_step("fault" if end.code is Code.ABORTED else "route", end.code, end.because)
            for end in ends
            if end.item is None
        )
    ]
    below += [
        cluster_step(question, entry.name, entry.weight, [end for end in ends if end.item is entry])
        for entry in route.clusters
    ]
    state = UNKNOWN if item.takes is Truth.UNKNOWN else OK
    return CallStep("route", state, text, route.resource, path, tuple(below))


def _handling(route: Route) -> str:
    return f"; timeout {route.timeout}" if route.timeout not in ("", "0s") else ""
