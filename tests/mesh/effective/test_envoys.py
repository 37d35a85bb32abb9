"""Sidecars and gateways in the clients' place against a real istiod's kept answers: which clusters they get, and whom they send TLS.

Of each mesh that people wrote, istiod was asked as the sidecar and as a gateway of every client. The servers are proxyless.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from differential import ask_envoys, ask_written
from differential.keep import Record
from differential.mesh import Client
from mesh.effective.oracle.drawn import told_of
from proxyless.mesh.effective.client import ClientClass
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.pair import OWN_TLS, PairServer, Party, client_sends
from proxyless.mesh.peer import TLS_MODE, Speaks

_RECORDS = ask_written.kept()
_SENT = {"ISTIO_MUTUAL": "mutual", "DISABLE": "none", "": "auto"}


def _class(mesh: Mesh, kind: str, client: Client) -> ClientClass:
    return (mesh.gateway_client if kind == "router" else mesh.client)(client.namespace, client.labels)


def _asked(record: Record) -> Iterator[tuple[Mesh, ClientClass, str, dict[str, object] | None]]:
    mesh = told_of(record).mesh()
    for client in record.mesh.clients:
        told = record.facts["clients"][client.key]
        for kind in ask_envoys.NODES:
            sent = told["envoys"][kind]
            for name in told["asked"]:
                yield mesh, _class(mesh, kind, client), name, sent.get(name)


def _is_outside(cluster: Cluster) -> bool:
    """Whether it is a ServiceEntry's for what is outside the mesh, where nothing is automatic."""
    entry = cluster.seen.registered.resource if cluster.seen is not None else None
    return entry is not None and entry.kind == "ServiceEntry" and entry.spec.get("location") != "MESH_INTERNAL"


def _speaks(mesh: Mesh, client: ClientClass, name: str) -> Iterator[tuple[str, bool]]:
    """Endpoints that are pods, and whether an Envoy sends them TLS."""
    mode = client.cluster(name).policy.tls_mode
    for endpoint in client.endpoints(name).items:
        if endpoint.workload is not None:
            labeled = endpoint.workload.labels.get(TLS_MODE) == "istio"
            side = PairServer(Party.PROXYLESS, mesh.server(endpoint.workload, endpoint.port).peer.mode, labeled=labeled)
            yield str(endpoint), client_sends(Party.ENVOY, mode, side) is Speaks.TLS


@pytest.mark.parametrize("record", _RECORDS.values(), ids=_RECORDS)
def test_envoys_get_the_clusters_and_send_the_tls_that_the_model_says(record: Record) -> None:
    for mesh, client, name, sent in _asked(record):
        cluster = client.cluster(name)
        if cluster.seen is not None and cluster.seen.registered.resolution == "ALIAS":
            assert sent is None  # an Envoy's routes lead to the cluster of the host that it names
            continue
        assert bool(cluster.exists) == (sent is not None), f"{client!r} {name}: {cluster.reason}"
        if sent is None:
            continue
        mode = cluster.policy.tls_mode
        assert sent["tls"] == (
            "own" if mode in OWN_TLS else "none" if not mode and _is_outside(cluster) else _SENT[mode]
        )
        marked = sent["endpoints"]
        assert isinstance(marked, dict)
        for endpoint, tls in _speaks(mesh, client, name):
            assert (sent["tls"] == "mutual" or (sent["tls"] == "auto" and marked[endpoint])) == tls, (
                client,
                name,
                endpoint,
            )


def test_enough_was_compared() -> None:
    counted = Counter[str]()
    for record in _RECORDS.values():
        for _, _, _, sent in _asked(record):
            counted[str(sent["tls"]) if sent is not None else "no cluster"] += 1
    assert counted["auto"] > 100
    assert counted["mutual"] > 40
    assert counted["none"] > 10
    assert counted["no cluster"] > 100
