"""Meshes that people wrote, a few lines each, as values: `written/*.yaml`. Pure; read by `ask_written` and by tests.

A file holds meshes by name, a mesh its objects as `Kind namespace/name: spec`, oldest first where `@1`, `@2` stands behind the name.
Shorthands: a Pod is `{labels, ports: {name: number}, account, ready}`, a Client (a Pod too) `{labels, dials: [host:port]}`; a Service may
have `export`; EndpointSlices are made from Services and Pods. Namespaces and addresses are those of slot 0, as in `draw`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from differential.mesh import Client, Host, Mesh, Object, Server

FOLDER = Path(__file__).with_name("written")
_VERSIONS = {
    "Service": "v1", "Pod": "v1", "HTTPRoute": "gateway.networking.k8s.io/v1", "GRPCRoute": "gateway.networking.k8s.io/v1",
    "PeerAuthentication": "security.istio.io/v1", "AuthorizationPolicy": "security.istio.io/v1",
    "ReferenceGrant": "gateway.networking.k8s.io/v1beta1",
}  # fmt: skip
_SHORT = re.compile(r"[a-z0-9-]+(\.x0-[a-z]+(\.svc)?)?")
"""A name of a Service that leaves out a part."""
_AGENT = {"inject.istio.io/templates": "grpc-agent"}


def meshes() -> dict[str, Mesh]:
    """All of them by name, in the order of their names."""
    found = {
        name: replace(_mesh(number, objects), name=name)
        for file in sorted(FOLDER.glob("*.yaml"))
        for number, (name, objects) in enumerate(yaml.safe_load(file.read_text()).items())
    }
    return dict(sorted(found.items()))


def _mesh(seed: int, written: Mapping[str, Any]) -> Mesh:
    objects: list[tuple[int, Object]] = []
    servers, clients = [], []
    for number, (title, spec) in enumerate(written.items()):
        kind, name, *wave = title.split()
        when = int(wave[0].removeprefix("@")) if wave else 0
        namespace, _, name = name.partition("/")
        if kind in ("Pod", "Client"):
            address = f"10.64.0.{number + 1}"
            objects.append((when, _pod(namespace, name, spec, address)))
            labels = {key: str(value) for key, value in spec.get("labels", {}).items()}
            if kind == "Client":
                clients.append(Client(namespace, name, labels, address))
            else:
                ports = tuple(sorted({*spec.get("ports", {}).values(), *spec.get("asked", ())}))
                servers.append(Server(namespace, name, labels, address, spec.get("account", "default"), ports))
        else:
            objects.append((when, _object(kind, namespace, name, spec)))
    pods = [item for _, item in objects if item["kind"] == "Pod"]
    services = [item for _, item in objects if item["kind"] == "Service"]
    objects += [(0, item) for service in services for item in _slices(service, pods)]
    bodies = [item for _, item in objects]
    return Mesh(seed, tuple(objects), tuple(_hosts(bodies)), tuple(clients), tuple(servers), tuple(_shorts(bodies)))


def _dials(item: Object) -> Iterator[str]:
    if item["kind"] == "Pod":
        for entry in item["spec"]["containers"][0]["env"]:
            yield entry["value"].removeprefix("xds:///")


def _shorts(objects: list[Object]) -> list[str]:
    texts = (text for item in objects for text in _dials(item))
    return list(dict.fromkeys(text for text in texts if _SHORT.fullmatch(text.rpartition(":")[0])))


def _object(kind: str, namespace: str, name: str, spec: dict[str, Any]) -> Object:
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    spec = json.loads(json.dumps(spec))  # keys of portLevelMtls are texts, as the API server has them
    if export := spec.pop("export", None):
        metadata["annotations"] = {"networking.istio.io/exportTo": export}
    return {
        "apiVersion": _VERSIONS.get(kind, "networking.istio.io/v1"), "kind": kind, "metadata": metadata, "spec": spec,
    }  # fmt: skip


def _pod(namespace: str, name: str, spec: Mapping[str, Any], address: str) -> Object:
    ports = [{"name": port, "containerPort": number} for port, number in spec.get("ports", {}).items()]
    dials = [{"name": f"TARGET_{place}", "value": f"xds:///{text}"} for place, text in enumerate(spec.get("dials", ()))]
    container = {"name": "app", "image": "localhost/app:1", "ports": ports, "env": dials}
    ready = "True" if spec.get("ready", True) else "False"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {key: str(value) for key, value in spec.get("labels", {}).items()},
            "annotations": _AGENT,
        },
        "spec": {
            "containers": [container],
            "nodeName": "n1",
            "serviceAccountName": spec.get("account", "default"),
        },
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": ready}],
        },
    }


def _slices(service: Object, pods: list[Object]) -> Iterator[Object]:
    """What the controller of Kubernetes would make: a slice for each set of target ports."""
    metadata, selector = service["metadata"], service["spec"].get("selector")
    by_ports: dict[str, tuple[list[Any], list[Any]]] = {}
    for pod in pods:
        labels = pod["metadata"]["labels"]
        if not selector or pod["metadata"]["namespace"] != metadata["namespace"]:
            continue
        if any(labels.get(key) != value for key, value in selector.items()):
            continue
        ports = [
            {"name": entry.get("name", ""), "port": number, "protocol": "TCP"}
            for entry in service["spec"]["ports"]
            if (number := _target(entry, pod)) is not None
        ]
        ready = pod["status"]["conditions"][0]["status"] == "True"
        endpoint = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": ready, "serving": ready, "terminating": False},
            "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": metadata["namespace"]},
        }
        by_ports.setdefault(str(ports), (ports, []))[1].append(endpoint)
    for number, (ports, endpoints) in enumerate(by_ports.values()):
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{metadata['name']}-{number}",
                "namespace": metadata["namespace"],
                "labels": {"kubernetes.io/service-name": metadata["name"]},
            },
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        }


def _target(entry: Mapping[str, Any], pod: Object) -> int | None:
    target = entry.get("targetPort", entry["port"])
    if isinstance(target, int):
        return target
    named = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
    return named.get(target)


def _hosts(objects: list[Object]) -> Iterator[Host]:
    """All that is registered, and what is dialed beside it."""
    found: dict[str, set[int]] = {}
    for item in objects:
        namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
        if item["kind"] == "Service":
            ports = {entry["port"] for entry in item["spec"].get("ports", ())}
            found.setdefault(f"{name}.{namespace}.svc.cluster.local", set()).update(ports)
        elif item["kind"] == "ServiceEntry":
            for host in item["spec"]["hosts"]:
                if not host.startswith("*"):
                    found.setdefault(host, set()).update(entry["number"] for entry in item["spec"]["ports"])
        for text in _dials(item):
            host, _, port = text.rpartition(":")
            if not _SHORT.fullmatch(host):
                found.setdefault(host, set()).add(int(port))
    for host, numbers in found.items():
        yield Host(host, tuple(sorted(numbers)))
