"""All pods of a cluster, those among them that workloads made: what is read otherwise holds counts of them. For ``cli.pods``."""

from argparse import Namespace

from proxyless.adapters.cluster import KubernetesApi
from proxyless.model.resource import Resource, resource


def pods_of(given: Namespace) -> list[Resource]:
    """Pods of the cluster that ``--kubeconfig`` and ``--context`` name, of one namespace or of all.

    Raises:
        ClusterError: they may not be listed, or there is no answer.
    """
    cluster = KubernetesApi.connect(given.kubeconfig, given.context)
    try:
        bodies = cluster.list("Pod", given.namespace).bodies
    finally:
        cluster.close()
    found = (resource({**body, "apiVersion": "v1", "kind": "Pod"}) for body in bodies)
    return [item for item in found if item is not None]
