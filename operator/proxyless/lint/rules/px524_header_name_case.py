"""PX524: metadata keys are lower case, and most libraries compare a header's name as the route has it."""

from collections.abc import Iterator

from proxyless.lint.clients import any_client
from proxyless.lint.releases import without
from proxyless.lint.routes import mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Client
from proxyless.model.finding import Severity
from proxyless.model.fix import rename
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth

_FEATURE = "route.match.header.name_case"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per header name with capitals in a match."""
    exact = any_client(world, lambda client: _compares_as_written(world, client))
    if exact is Truth.NO:
        return
    applies = "" if exact is Truth.YES else f"a client is {without(world, _FEATURE)}"
    for here, match in mesh_matches(subject):
        for key in ("headers", "withoutHeaders"):
            for name in mapping(match.get(key)):
                if isinstance(name, str) and name != name.lower():
                    message = f"Metadata keys are lower case, and the name {name} is compared as written: no call has such a header."
                    path = (*here, key, name)
                    fix = rename(path, name.lower(), safe=True)
                    yield Hit(path, message, remedy=f"Write {name.lower()}.", applies=applies, fix=fix)


def _compares_as_written(world: World, client: Client) -> Truth:
    if client.language is None:
        return Truth.UNKNOWN
    known = world.matrix.support(_FEATURE, client.language, client.version).truth
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(known, Truth.UNKNOWN)


def _matters(world: World) -> bool:
    return any_client(world, lambda client: _compares_as_written(world, client)) is not Truth.NO


RULE = Rule(
    code="PX524",
    slug="header-name-case",
    summary="A match names a header with capital letters, which metadata keys never have.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    awake=_matters,
    check=of_routes(check),
    needs=("headers", "withoutHeaders"),
    remedy="Write the name in lower case.",
    evidence=("matrix grpc route.match.header.name_case",),
    reads=("Service",),
    fixes=("safe",),
)
