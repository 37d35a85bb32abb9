"""Writes the keys, certificates and kubeconfigs of one control plane. Only `lab.controlplane` calls it.

Two authorities as in a real cluster: one for servers, users and components, one for the aggregation layer.
"""

import base64
import json
from pathlib import Path

from lab.components import FIRST_SERVICE_ADDRESS, Layout
from lab.pki import Authority, Pair, signing_key

_SERVER_NAMES = (
    "127.0.0.1",
    "localhost",
    FIRST_SERVICE_ADDRESS,
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


def write(at: Layout) -> Path:
    """Write all of them into the folder; returns the administrator's kubeconfig."""
    folder = at.folder
    authority = Authority("lab-ca")
    authority.pair.write(folder, "ca")
    authority.server("kube-apiserver", (*_SERVER_NAMES, at.address)).write(folder, "apiserver")
    signing_key().write(folder, "service-account")
    front = Authority("lab-front-proxy-ca")
    front.pair.write(folder, "front-proxy-ca")
    front.client("front-proxy-client").write(folder, "front-proxy-client")
    for name in ("controller-manager", "scheduler"):
        kubeconfig(at, name, authority.client(f"system:kube-{name}"))
    if at.on_a_node:
        authority.client("kube-apiserver-kubelet-client", ["system:masters"]).write(folder, "kubelet-client")
        kubeconfig(at, "kubelet", authority.client("system:node:lab-node", ["system:nodes"]))
        kubeconfig(at, "kube-proxy", authority.client("system:kube-proxy"))
    admin = authority.client("lab-admin", ["system:masters"])
    admin.write(folder, "admin")
    return kubeconfig(at, "admin", admin)


def kubeconfig(at: Layout, name: str, identity: Pair | dict[str, str]) -> Path:
    """Write `<name>.kubeconfig`, complete in itself (JSON, which is YAML), for a client certificate or a user entry."""
    cluster = {
        "server": f"https://127.0.0.1:{at.api_port}",
        "certificate-authority-data": _base64((at.folder / "ca.crt").read_bytes()),
    }
    user = identity
    if isinstance(identity, Pair):
        user = {"client-certificate-data": _base64(identity.cert), "client-key-data": _base64(identity.key)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": name}}],
        "current-context": "lab",
    }
    file = at.folder / f"{name}.kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(config, indent=1))
    return file


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
