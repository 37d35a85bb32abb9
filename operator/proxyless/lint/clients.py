"""Helpers that rules share to find the gRPC clients that read a configuration, by language and version; they never create findings."""

from collections.abc import Callable, Iterable

from proxyless.lint.mesh_settings import WHO
from proxyless.lint.world import World
from proxyless.model.client import Client, Framework, Language
from proxyless.model.memory import for_key, index_of
from proxyless.model.resource import PODS
from proxyless.model.truth import Truth


@index_of(*PODS, settings=(*WHO, "clients"))
def grpc_clients(world: World) -> tuple[Client, ...]:
    """Libraries of gRPC that clients of the mesh use; an unknown language stands for workloads that do not declare it."""
    return tuple(client for client in world.clients if client.framework is Framework.GRPC)


def has_grpc_clients(world: World, *namespaces: str) -> Truth:
    """Whether the mesh has proxyless gRPC clients, for objects of some namespaces; UNKNOWN is judged under a condition.

    What runs in other namespaces never makes it NO, see ``World.clients_near``.
    """
    return world.clients_near(namespaces) if grpc_clients(world) else Truth.NO


def unseen(world: World, *namespaces: str, does: str) -> str:
    """The condition for a mesh in which no proxyless client is known: ``a proxyless client`` and what it does; else empty."""
    return f"a proxyless client {does}" if has_grpc_clients(world, *namespaces) is Truth.UNKNOWN else ""


def any_speaks(world: World, languages: Iterable[Language]) -> Truth:
    """Whether the mesh has a gRPC client in one of these languages."""
    wanted = tuple(languages)
    return any_client(world, lambda client: Truth.of(client.language in wanted) if client.language else Truth.UNKNOWN)


def any_client(world: World, test: Callable[[Client], Truth]) -> Truth:
    """Whether a gRPC client passes a test: YES if one certainly does, NO if none can, else UNKNOWN."""
    answers = {test(client) for client in grpc_clients(world)}
    if Truth.YES in answers:
        return Truth.YES
    return Truth.UNKNOWN if Truth.UNKNOWN in answers else Truth.NO


def lacking(world: World, feature: str) -> tuple[str, ...]:
    """Libraries in use that certainly lack a gRPC feature, as ``grpc Go 1.55``; unknown versions do not count."""
    return _lacked(feature, world)


@for_key
def _lacked(feature: str, world: World) -> tuple[str, ...]:
    found = {
        f"gRPC {client.language.title} {client.version or ''}".strip()
        for client in grpc_clients(world)
        if client.language is not None
        and world.matrix.support(feature, client.language, client.version).truth is Truth.NO
    }
    return tuple(sorted(found))


def titles(languages: Iterable[Language]) -> str:
    """Languages as people list them, ``C++, Python and Go``."""
    names = [language.title for language in languages]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def in_use(world: World, languages: Iterable[Language]) -> tuple[Language, ...]:
    """Those of the languages that clients name; all of them where a client does not tell its language."""
    known = {client.language for client in grpc_clients(world)}
    return tuple(language for language in languages if language in known or None in known)


def rejected(world: World) -> str:
    """What a client loses when it rejects (NACKs) one route; with older Istio also routes of other services."""
    alone = world.matrix.behavior("istio.routes_per_host")
    host, port = "all routes of this host", "of every service on the port"
    match alone.holds(world.settings.istio):
        case Truth.YES:
            return host
        case Truth.NO:
            return f"the routes {port}"
        case Truth.UNKNOWN:
            return f"{host} ({alone.releases.before('Istio')}: {port})"
