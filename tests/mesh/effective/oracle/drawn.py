"""Kept answers about drawn meshes and about those that people wrote, in the form of the other kept meshes.

A drawn client is no object; here it is a Pod that dials every host and port that istiod was asked about.
"""

from collections.abc import Iterator
from pathlib import Path

from differential import keep
from differential.keep import Record
from differential.mesh import Client, Object
from mesh.effective.oracle.meshes import Told, told
from proxyless.adapters.istio_text import settings_in
from proxyless.model.resource import resource

_HERE = Path(__file__).parent


def drawn() -> Iterator[Told]:
    """Meshes from seeds, HTTPRoutes and GRPCRoutes among them."""
    for record in keep.read(_HERE / "drawn.jsonl.gz"):
        yield told_of(record)


def written() -> Iterator[Told]:
    """Meshes that people wrote."""
    for record in keep.read(_HERE / "written.jsonl.gz"):
        yield told_of(record)


def told_of(record: Record) -> Told:
    """A record with its clients as Pods, and with what a ConfigMap of Istio holds in its place."""
    there = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in record.objects}
    dialing = [_pod(client, record) for client in record.mesh.clients if (client.namespace, client.name) not in there]
    bodies = [
        item for item in (*record.objects, *dialing) if resource(item) is not None and item["kind"] != "ConfigMap"
    ]
    found = told(record.mesh.name or f"seed {record.mesh.seed}", bodies, record.facts)
    maps = [body for body in record.objects if body["kind"] == "ConfigMap"]
    settings = [item for body in maps for item in settings_in(body, "istio-system").resources]
    return found._replace(objects=[*found.objects, *settings])


def _pod(client: Client, record: Record) -> Object:
    args = [f"xds:///{target}" for target in record.mesh.targets]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": client.name,
            "namespace": client.namespace,
            "labels": client.labels,
            "annotations": {"inject.istio.io/templates": "grpc-agent"},
        },
        "spec": {"containers": [{"name": "app", "image": "localhost/app:1", "args": args}]},
        "status": {"podIP": client.address},
    }
