"""Lists whole kinds of a cluster into a store: once for the command line, repeatedly for ``watch``.

Knows neither threads nor Kopf, so that the command line needs no more than the API client.
"""

from collections.abc import Iterable
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.istio_text import NAMESPACE, map_name, settings_in
from proxyless.adapters.store import Store
from proxyless.errors import ClusterError
from proxyless.lint.rule import Rule
from proxyless.model.kinds import INNER, KINDS, UNWATCHED
from proxyless.model.resource import WORKLOADS, Ref, mapping

_OF_SERVER = (
    0,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


def kinds_for(rules: Iterable[Rule], more: Iterable[str] = ()) -> tuple[str, ...]:
    """Kinds to list for some rules: those that they read, and those that tell who is proxyless and how the mesh is configured.

    Without those that are not watched, and with ``more``.
    """
    wanted = {"Namespace", "ProxylessMesh", "ProxylessPolicy", *WORKLOADS, *INNER}
    for rule in rules:
        wanted.update(rule.kinds, rule.reads)
    wanted = wanted.difference(UNWATCHED).union(more)
    return tuple(kind for kind in KINDS if kind in wanted)


def is_server_failure(error: ClusterError) -> bool:
    """Whether the API server or our credentials failed (no answer, overloaded, 401), rather than one kind."""
    return error.status in _OF_SERVER


def list_into(cluster: KubernetesApi, store: Store, kind: str) -> int:
    """All objects of a kind as they are now, page by page. Returns the list's resourceVersion, 0 where it has none.

    Raises:
        ClusterError: as ``KubernetesApi.list``; the store is as it was.
    """
    if kind in INNER:
        _settings_into(cluster, store, kind)
        return 0
    seen = store.newest(kind)
    listing = cluster.in_pages(kind)
    store.replace(kind, listing.bodies, version=listing.version, seen=seen)
    return listing.version


def _settings_into(cluster: KubernetesApi, store: Store, kind: str) -> None:
    """Istio's own settings: of the revision and namespace that the ProxylessMesh names, so that one is to be listed before.

    One ConfigMap is read by its name: no right to any other is needed.

    Raises:
        ClusterError: it may not be read, or its text cannot be.
    """
    mesh = store.get(Ref("ProxylessMesh", "", "default"))
    istio = mapping(mesh.spec.get("istio")) if mesh else {}
    namespace, revision = (str(istio.get(key) or usual) for key, usual in (("namespace", NAMESPACE), ("revision", "")))
    ref = Ref("ConfigMap", namespace, map_name(kind, revision))
    try:
        found = settings_in({**cluster.get(ref), "kind": ref.kind}, namespace)
    except ClusterError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        store.replace(kind, ())  # no Istio there, or one that is told its settings otherwise
        return
    if found.problems:
        raise ClusterError(str(found.problems[0]), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    store.replace(kind, [item.body for item in found.resources])


def read_once(cluster: KubernetesApi, kinds: Iterable[str]) -> Store:
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
            if is_server_failure(error):
                raise
            if error.status == HTTPStatus.NOT_FOUND:
                store.replace(kind, ())
            else:
                store.incomplete(kind, str(error))
    return store
