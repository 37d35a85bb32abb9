"""PX508: the route timeout fires one to two seconds early in C-core libraries: short ones fail every call."""

from collections.abc import Iterator

from proxyless.lint.clients import any_speaks, in_use, titles
from proxyless.lint.routes import api_rules, mesh_routes, of_routes, reaches_clients, seconds
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import C_CORE
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth

ALWAYS = 1.0
"""Seconds up to which every call fails, whatever the process."""
SHORT = 2.0
"""Seconds up to which calls fail in some processes."""
NOTICED = 20.0
"""Seconds from which on one or two less are no surprise."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per timeout that C-core clients cut noticeably."""
    spoken = any_speaks(world, C_CORE)
    if spoken is Truth.NO:
        return
    names = titles(in_use(world, C_CORE))
    applies = "" if spoken is Truth.YES else "a client is written in C++, Python, Ruby or PHP"
    for path, written in _timeouts(subject):
        limit = seconds(written)
        if limit is None or limit <= 0 or limit >= NOTICED:
            continue
        if limit <= SHORT:
            yield Hit(path, f"{names} clients fire {written} {_short(limit)}.", applies=applies)
        elif spoken is Truth.YES:
            message = f"{names} clients fire {written} 1 to 2 s early, after {limit - 2:g} to {limit - 1:g} s, on streaming calls too."
            yield Hit(path, message, severity=Severity.WARNING)


def _short(limit: float) -> str:
    if limit <= ALWAYS:
        return "1 to 2 s early: every call fails at once with DEADLINE_EXCEEDED"
    return "1 to 2 s early, a constant of each process: in some every call fails at once"


def _timeouts(subject: Resource) -> Iterator[tuple[FieldPath, object]]:
    if subject.kind == "HTTPRoute":
        for path, rule in api_rules(subject):
            limits = mapping(rule.get("timeouts"))
            # without retry istiod makes it the limit of the whole call, and the other does not count
            name = "backendRequest" if limits.get("backendRequest") and not rule.get("retry") else "request"
            yield (*path, "timeouts", name), limits.get(name)
        return
    for path, route in mesh_routes(subject):
        yield (*path, "timeout"), route.get("timeout")


def _speaks_c_core(world: World) -> bool:
    return any_speaks(world, C_CORE) is not Truth.NO


RULE = Rule(
    code="PX508",
    slug="short-timeout",
    summary="A route timeout is so short that C++, Python, Ruby and PHP clients fail calls at once.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    awake=_speaks_c_core,
    check=of_routes(check),
    needs=("timeout", "timeouts"),
    remedy="Set deadlines in the client's code and remove the timeout, or make it 2 s longer; leave streaming methods without one.",
    evidence=(
        "matrix istio VirtualService spec.http[].timeout",
        "matrix grpc route.action.timeout",
        "https://github.com/grpc/grpc/issues/34547",
        "https://github.com/grpc/grpc/issues/40633",
    ),
    reads=("Service",),
)
