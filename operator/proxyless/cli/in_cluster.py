"""Workloads of a running cluster by the names that people give them, with the pods that run. For ``xds``, ``csds``, ``streams``.

Imports the API client only once a cluster is asked for: it is an extra.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from proxyless.cli import workload_names
from proxyless.errors import InputError
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.record import NamedTuple
from proxyless.model.resource import WORKLOADS, Ref
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from proxyless.adapters.cluster import KubernetesApi

_EXTRA = ("kubernetes", "urllib3", "websocket")


class RunningWorkload(NamedTuple):
    """A workload and its running pods, ready ones first."""

    workload: Workload
    pods: tuple[dict[str, Any], ...]

    @property
    def pod(self) -> dict[str, Any]:
        """The pod that is looked into.

        Raises:
            InputError: none runs.
        """
        if not self.pods:
            raise InputError(
                f"no pod of {self.workload.ref} runs; kubectl get pods -n {self.workload.namespace} tells why"
            )
        return self.pods[0]


def arguments(parser: ArgumentParser) -> None:
    """Which cluster."""
    add = parser.add_argument
    add("--kubeconfig", default="", metavar="FILE", help="default: KUBECONFIG, the pod's own account, ~/.kube/config")
    add("--context", default="", metavar="NAME", help="context of the kubeconfig; default: the current one")


@contextmanager
def connected(given: Namespace) -> Iterator["KubernetesApi"]:
    """The cluster that ``--kubeconfig`` and ``--context`` name, else the current one.

    Raises:
        InputError: the API client is not installed.
        ClusterError: there is no access to a cluster.
    """
    try:
        from proxyless.adapters.cluster import KubernetesApi  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise InputError(f"this command needs the API client ({error}): pip install 'proxyless[cluster]'") from error
    cluster = KubernetesApi.connect(given.kubeconfig, given.context)
    try:
        yield cluster
    finally:
        cluster.close()


def running(cluster: "KubernetesApi", word: str, namespace: str = "") -> RunningWorkload:
    """The workload that a word names, as :data:`workload_names.FORM` says, with its running pods; a pod's name leads to what makes it.

    Raises:
        InputError: none is there, or several; the message names those that are there.
        ClusterError: workloads may not be listed, or there is no answer.
    """
    from proxyless.adapters.running import pods_of, workloads  # noqa: PLC0415  an extra

    listed = workloads(cluster, workload_names.namespace_in(word) or namespace)
    made = workload_names.maker(word, listed.snapshot, namespace)
    if made is not None:
        name = word.rpartition("/")[2]
        pods = pods_of(cluster, made.ref)
        return RunningWorkload(made, tuple(sorted(pods, key=lambda pod: pod["metadata"]["name"] != name)))
    items = (item for kind in WORKLOADS for item in listed.snapshot.of_kind(kind))
    try:
        found = workload_names.find(
            word, (workload for item in items if (workload := workload_of(item)) is not None), namespace
        )
    except InputError as error:
        unread = "".join(f"; {kind} was not read: {clean(reason)}" for kind, reason in listed.unread.items())
        raise InputError(f"{error.message.replace('in what was read', 'in the cluster')}{unread}") from error
    return RunningWorkload(found, pods_of(cluster, found.ref))


def name_of(pod: dict[str, Any]) -> Ref:
    """Who a pod is."""
    return Ref("Pod", str(pod["metadata"]["namespace"]), str(pod["metadata"]["name"]))
