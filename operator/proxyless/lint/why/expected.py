"""What a test of one call expects, and in what the model of the mesh differs from it. Pure; called by ``proxyless test``."""

from collections.abc import Iterator

from proxyless.lint.why.answer import WhyAnswer
from proxyless.mesh.effective.call import Tried
from proxyless.mesh.effective.call_ends import Code
from proxyless.model.path import show
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth

WORKS, FAILS = "works", "fails"
VERDICTS = (WORKS, FAILS, *(code.value for code in Code))
"""What a call may be expected to come to; ``works`` and ``fails`` are any of those that do."""
_GOOD = (Code.MTLS, Code.PLAINTEXT)
_WHOLE = 100


class ExpectedDestination(NamedTuple):
    """Where a share of the calls goes; what is empty or None is not compared."""

    host: str
    subset: str | None = None
    port: int | None = None
    weight: int | None = None
    """Percent of the calls that the route takes."""
    tls: bool | None = None
    """Whether the client speaks mTLS there."""


class ExpectedCall(NamedTuple):
    """What is compared; empty or None: it is not."""

    verdict: str = ""
    route: str | None = None
    """Name of the route."""
    taken_from: str | None = None
    """The object that holds it, ``VirtualService shop/api``; empty: the Service's own default."""
    destinations: tuple[ExpectedDestination, ...] | None = None
    """All of them, in any order."""
    tls: bool | None = None
    """Whether the client speaks mTLS to every destination."""
    timeout: str | None = None


class CallDestination(NamedTuple):
    """Where a share of the calls goes, by the model."""

    host: str
    subset: str
    port: int
    weight: int
    tls: bool | None

    def __str__(self) -> str:
        """For people: ``api.shop.svc.cluster.local subset v2 port 7070, 90 %, mTLS``."""
        subset = f" subset {self.subset}" if self.subset else ""
        speaks = {True: "mTLS", False: "plaintext", None: "not known whether mTLS"}[self.tls]
        return f"{self.host}{subset} port {self.port}, {self.weight} %, {speaks}"


def differences(found: WhyAnswer, expected: ExpectedCall) -> Iterator[str]:
    """What the model says otherwise, one line each; none: the test passes."""
    code = found.outcome.code
    fits = {WORKS: code in _GOOD, FAILS: code not in (*_GOOD, Code.UNKNOWN)}
    if expected.verdict and not fits.get(expected.verdict, expected.verdict == code.value):
        yield f"expected {expected.verdict}, the call comes to {code.value}: {found.outcome.end.because}"
    if expected._replace(verdict="") == ExpectedCall():
        return
    taken, doubt = _taken(found)
    if taken is None:
        yield f"expected a route, {doubt}"
        return
    yield from _of_route(taken, expected)
    there = destinations(found, taken)
    if expected.tls is not None and any(item.tls is not expected.tls for item in there):
        yield f"expected {'mTLS' if expected.tls else 'plaintext'}, the client sends: {'; '.join(map(str, there))}"
    if expected.destinations is not None:
        yield from _of_destinations(there, expected.destinations)


def destinations(found: WhyAnswer, taken: Tried) -> list[CallDestination]:
    """Where a route sends calls, each with its share in percent."""
    clusters = taken.route.clusters
    weights = [_WHOLE if item.weight is None else item.weight for item in clusters]
    whole = sum(weights) or 1
    made = []
    for item, weight in zip(clusters, weights, strict=True):
        _, port, subset, host = item.name.split("|")
        tls = found.question.client.cluster(item.name).tls
        made.append(CallDestination(host, subset, int(port), round(weight * _WHOLE / whole), tls))
    return made


def _taken(found: WhyAnswer) -> tuple[Tried | None, str]:
    """The route that certainly takes the call, else why none does."""
    for item in found.question.tried:
        if item.takes is Truth.UNKNOWN:
            return None, f"it is not decided which one takes the call: {item.why}; say the method and all headers"
        if item.takes is Truth.YES:
            return item, ""
    return None, f"no route takes the call: {found.outcome.end.because}"


def _of_route(taken: Tried, expected: ExpectedCall) -> Iterator[str]:
    route = taken.route
    holder = "" if route.resource is None else f"{route.resource.ref}"
    where = f"{holder} {show(route.path)}" if holder else "the Service's default"
    if expected.route is not None and route.name != expected.route:
        yield f"expected the route {expected.route!r}, {route.name!r} of {where} takes the call: {taken.why}"
    if expected.taken_from is not None and expected.taken_from != holder:
        yield f"expected a route of {expected.taken_from or 'the Service itself'}, {where} takes the call: {taken.why}"
    if expected.timeout is not None and route.timeout != expected.timeout:
        yield f"expected the timeout {expected.timeout}, {where} has {route.timeout}"


def _of_destinations(there: list[CallDestination], expected: tuple[ExpectedDestination, ...]) -> Iterator[str]:
    left = list(there)
    for wanted in expected:
        fitting = next((item for item in left if _fits(item, wanted)), None)
        if fitting is None:
            yield f"expected {_words(wanted)}; calls go to {'; '.join(map(str, there)) or 'nothing'}"
        else:
            left.remove(fitting)
    if left and len(there) > len(expected):
        yield f"calls also go to {'; '.join(map(str, left))}"


def _fits(found: CallDestination, wanted: ExpectedDestination) -> bool:
    given = {name: value for name, value in wanted._asdict().items() if value is not None}
    return all(getattr(found, name) == value for name, value in given.items())


def _words(wanted: ExpectedDestination) -> str:
    parts = [wanted.host]
    parts += [f"subset {wanted.subset or 'none'}"] if wanted.subset is not None else []
    parts += [f"port {wanted.port}"] if wanted.port is not None else []
    parts += [f"weight {wanted.weight} %"] if wanted.weight is not None else []
    parts += [{True: "mTLS", False: "plaintext"}[wanted.tls]] if wanted.tls is not None else []
    return " ".join(parts)
