"""``effective --format json`` from files against what a real istiod said of the same objects: drawn meshes, whole answers."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from differential import keep
from differential.keep import Record
from proxyless.cli import effective

_KEPT = Path(__file__).parents[1] / "mesh" / "effective" / "oracle" / "drawn.jsonl.gz"
_EVERY, _MESHES = 6, 60


def test_what_it_prints_is_what_istiod_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, wrong = 0, []
    for record in islice(keep.read(_KEPT), 0, _EVERY * _MESHES, _EVERY):
        file = tmp_path / f"{record.mesh.seed}.yaml"
        file.write_text("---\n".join(json.dumps(item) + "\n" for item in (*record.objects, *_clients(record))))
        parser = ArgumentParser()
        effective.arguments(parser)
        assert effective.run(parser, [str(file), "--format", "json"]) == 0
        found = list(_compared(record, json.loads(capsys.readouterr().out)))
        told += len(found)
        wrong += [
            f"seed {record.mesh.seed}: {what}" for what, istiod, ours in found if ours is not None and ours != istiod
        ]
    assert not wrong, "\n".join(wrong[:10])
    assert told > 5000


def _clients(record: Record) -> Iterator[dict[str, Any]]:
    """Pods of the clients, which dial every target."""
    for client in record.mesh.clients:
        notes = {"inject.istio.io/templates": "grpc-agent"}
        app = {"name": "app", "image": "app:1", "args": [f"xds:///{target}" for target in record.mesh.targets]}
        metadata = {"name": client.name, "namespace": client.namespace, "labels": client.labels, "annotations": notes}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [app]}}


def _compared(record: Record, said: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What is asked, istiod's answer, ours; None of ours is "not known"."""
    targets = {
        (f"{client['namespace']}/{client['name']}", f"{target['host']}:{target['port']}"): target
        for client in said["clients"]
        for target in client["targets"]
    }
    for client, facts in record.facts["clients"].items():
        for name, listener in facts["listeners"].items():
            ours = targets[client, name]
            yield f"{client} {name} listener", listener, ours["listener"]
            if listener:
                sent = facts["routes"][name]["routes"] or []
                clusters = [route.get("clusters", []) for route in sent]
                yield f"{client} {name} routes", clusters, [route["clusters"] for route in ours["routes"]]
                yield from _clusters(client, facts, ours["clusters"])
    for server in said["servers"]:
        ports = record.facts["servers"].get(f"{server['namespace']}/{server['name']}", {})
        if str(server["port"]) in ports:
            port = ports[str(server["port"])]
            what = f"{server['namespace']}/{server['name']}:{server['port']}"
            yield f"{what} listener", port is not None, server["listener"]
            yield f"{what} tls", port and port["tls"], server["tls"]


def _clusters(client: str, facts: dict[str, Any], ours: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in ours.keys() & {*facts["asked"]}:
        sent = facts["clusters"].get(name)
        yield f"{client} {name} exists", sent is not None, ours[name]["exists"]
        if sent is not None:
            yield f"{client} {name} tls", sent["tls"], ours[name]["tls"]
            yield f"{client} {name} balancing", sent["lb"], ours[name]["lb"]
            addresses = {
                item for item in ours[name]["endpoints"] if not item.startswith("pod/")
            }  # clients that a Service selects
            yield f"{client} {name} endpoints", facts["endpoints"][name], sorted(addresses)
