"""``--cluster`` of commands that otherwise read files: the cluster as it is, with what files add to it.

Imported only where the flag is given: the API client takes longer to load than most runs last.
"""

from argparse import Namespace
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.errors import ClusterError, InputError
from proxyless.lint.rule import Rule
from proxyless.model.kinds import UNWATCHED
from proxyless.model.record import NamedTuple
from proxyless.model.snapshot import Snapshot

if TYPE_CHECKING:
    from proxyless.adapters.cluster import KubernetesApi

_EXTRA = ("kubernetes", "urllib3")
_OURS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a-proxyless-injector"


class Live(NamedTuple):
    """A cluster at one moment."""

    reading: Reading
    """What files hold, laid over the cluster as an apply would."""
    notes: tuple[str, ...]
    """Kinds that could not be read, each with the reason."""
    injector: bool
    """Whether our injector is registered there."""
    server: str
    cluster: Snapshot
    """The cluster without the files."""


def over_cluster(given: Namespace, rules: Sequence[Rule], files: Reading, more: Sequence[str] = ()) -> Live:
    """The cluster that ``--kubeconfig`` and ``--context`` name, else the current one, under the files.

    Raises:
        InputError: the API client is not installed.
        ClusterError: the API server cannot be reached, or does not know us.
    """
    try:
        from proxyless.adapters.cluster import KubernetesApi  # noqa: PLC0415  an extra
        from proxyless.adapters.listing import kinds_for, read_once  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise InputError(
            f"--cluster needs the API client, and {error.name} is not installed: pip install 'proxyless[cluster]'"
        ) from error
    cluster = KubernetesApi.connect(given.kubeconfig, given.context)
    try:
        store = read_once(cluster, kinds_for(rules, (*more, *UNWATCHED)))
        injector = _has_injector(cluster)
    finally:
        cluster.close()
    snapshot: Snapshot = store.snapshot()
    alone = snapshot
    total = sum(store.counts().values())
    meshes: tuple[MeshObjects, ...] = (MeshObjects(snapshot, snapshot),)
    if given.path:
        meshes = tuple(MeshObjects(snapshot.overlay(*mesh.snapshot), mesh.subjects) for mesh in files.meshes)
        snapshot = snapshot.overlay(*files.snapshot)
    notes = tuple(f"not checked: {kind}: {reason}" for kind, reason in store.missing().items())
    read = files._replace(snapshot=snapshot, meshes=meshes, total=files.total + total)
    return Live(read, notes, injector, cluster.server, alone)


def _has_injector(cluster: "KubernetesApi") -> bool:
    """Whether our own injector is registered; taken to be where we may not look, since that is the milder error."""
    try:
        cluster.request("GET", _OURS)
    except ClusterError as error:
        return error.status == HTTPStatus.FORBIDDEN
    return True
