"""Whole kinds of a cluster into a store: once for the command line, again and again for ``watch``.

Knows neither threads nor Kopf, so that the command line needs no more than the API client.
"""

from collections.abc import Iterable
from http import HTTPStatus

from proxyless.adapters.cluster import Cluster
from proxyless.adapters.store import Store
from proxyless.errors import ClusterError
from proxyless.lint.rule import Rule
from proxyless.model.resource import KINDS, WORKLOADS

_OF_SERVER = (
    0,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


def kinds_for(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Kinds that the rules look at, and those that say who is proxyless; in the order of ``KINDS``."""
    wanted = {"Namespace", "ProxylessMesh", "ProxylessPolicy", *WORKLOADS}
    for rule in rules:
        wanted.update(rule.kinds, rule.reads)
    return tuple(kind for kind in KINDS if kind in wanted)


def speaks_of_server(error: ClusterError) -> bool:
    """Whether an answer speaks of the server or of us (none at all, overloaded, who are you), not of one kind."""
    return error.status in _OF_SERVER


def list_into(cluster: Cluster, store: Store, kind: str) -> None:
    """All objects of a kind as they are now.

    Raises:
        ClusterError: as ``Cluster.list``; the store is as it was.
    """
    seen = store.newest(kind)
    listing = cluster.list(kind)
    store.replace(kind, listing.bodies, version=listing.version, seen=seen)


def read_once(cluster: Cluster, kinds: Iterable[str]) -> Store:
    """A store with these kinds as they are now; those that may not be read are named in ``Store.missing``.

    A kind that the cluster does not have is complete, and empty: nobody installs its CRD while a command runs.

    Raises:
        ClusterError: the API server cannot be reached, or does not know us.
    """
    store = Store(kinds)
    for kind in store.kinds:
        try:
            list_into(cluster, store, kind)
        except ClusterError as error:
            if speaks_of_server(error):
                raise
            if error.status == HTTPStatus.NOT_FOUND:
                store.replace(kind, ())
            else:
                store.incomplete(kind, str(error))
    return store
