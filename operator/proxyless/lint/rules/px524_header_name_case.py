"""PX524: metadata keys are lower case, and most libraries compare a header's name as the route has it."""

from collections.abc import Iterator

from proxyless.lint.clients import any_client
from proxyless.lint.routes import mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth
from proxyless.model.version import Client, Language, Span

_GO_LOWERS = Span.parse("1.85.0..")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per header name with capitals in a match."""
    exact = any_client(world, _compares_as_written)
    if exact is Truth.NO:
        return
    applies = (
        "" if exact is Truth.YES else "a client is written in C++, Python, Ruby or PHP, or is grpc-go below 1.85.0"
    )
    for here, match in mesh_matches(subject):
        for key in ("headers", "withoutHeaders"):
            for name in mapping(match.get(key)):
                if isinstance(name, str) and name != name.lower():
                    message = f"Metadata keys are lower case, and the name {name} is compared as written: no call has such a header."
                    yield Hit((*here, key, name), message, remedy=f"Write {name.lower()}.", applies=applies)


def _compares_as_written(client: Client) -> Truth:
    """C-core always, Go before 1.85.0; Node compares in lower case, Java is not known."""
    if client.language is None:
        return Truth.UNKNOWN
    if client.language is Language.GO:
        return Truth.UNKNOWN if client.version is None else Truth.of(client.version not in _GO_LOWERS)
    return Truth.of(client.language.c_core)


def _matters(world: World) -> bool:
    return any_client(world, _compares_as_written) is not Truth.NO


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
    evidence=("matrix grpc route.match.header.basic",),
    reads=("Service",),
)
