"""Command lines of the control plane's processes. Pure; only `lab.controlplane` calls it.

Nothing that a real cluster has on is off here: RBAC, node restriction, all default admission plugins, the aggregation
layer, signed service account tokens. What differs is where they listen (loopback) and that etcd does not sync to disk.
"""

from dataclasses import dataclass
from pathlib import Path

SERVICE_ISSUER = "https://kubernetes.default.svc.cluster.local"
SERVICE_RANGE = "10.96.0.0/16"
FIRST_SERVICE_ADDRESS = "10.96.0.1"


@dataclass(frozen=True)
class Layout:
    """Where the files of one control plane are and on which ports it listens."""

    folder: Path
    api_port: int
    manager_port: int
    scheduler_port: int
    address: str = "127.0.0.1"
    """Where the API server is reached by others than this run's own clients: loopback, or a node's address."""

    @property
    def on_a_node(self) -> bool:
        """Whether the control plane has a network of its own (`lab.node`): then it listens on all of it."""
        return self.address != "127.0.0.1"

    @property
    def etcd_socket(self) -> str:
        """etcd listens on a socket file: no port to collide on, and no other user can connect."""
        return f"unix://{self.folder}/etcd.sock"

    def file(self, name: str) -> str:
        """Path of a file of this run, for a flag."""
        return str(self.folder / name)


def etcd(at: Layout) -> list[str]:
    """A single member that trusts the disk's cache: its data does not outlive the run."""
    return [
        f"--data-dir={at.file('etcd')}",
        f"--listen-client-urls={at.etcd_socket}",
        f"--advertise-client-urls={at.etcd_socket}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def api_server(at: Layout) -> list[str]:
    """Loopback may not be advertised as an endpoint, hence no endpoint reconciler there."""
    listen = ["--bind-address=127.0.0.1", "--endpoint-reconciler-type=none"]
    if at.on_a_node:
        listen = [
            "--bind-address=0.0.0.0",
            "--kubelet-preferred-address-types=InternalIP",  # no DNS outside knows the node
            f"--kubelet-client-certificate={at.file('kubelet-client.crt')}",
            f"--kubelet-client-key={at.file('kubelet-client.key')}",
        ]
    return [
        *listen,
        f"--etcd-servers={at.etcd_socket}",
        f"--secure-port={at.api_port}",
        f"--advertise-address={at.address}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--tls-cert-file={at.file('apiserver.crt')}",
        f"--tls-private-key-file={at.file('apiserver.key')}",
        f"--client-ca-file={at.file('ca.crt')}",
        f"--service-account-issuer={SERVICE_ISSUER}",
        f"--service-account-key-file={at.file('service-account.crt')}",
        f"--service-account-signing-key-file={at.file('service-account.key')}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--enable-bootstrap-token-auth=true",
        "--allow-privileged=true",
        f"--requestheader-client-ca-file={at.file('front-proxy-ca.crt')}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={at.file('front-proxy-client.crt')}",
        f"--proxy-client-key-file={at.file('front-proxy-client.key')}",
        f"--cert-dir={at.file('certs')}",
    ]


def controller_manager(at: Layout) -> list[str]:
    """All default controllers, each with its own service account as kubeadm sets it up."""
    return [
        *_follower(at, "controller-manager", at.manager_port),
        f"--client-ca-file={at.file('ca.crt')}",
        f"--requestheader-client-ca-file={at.file('front-proxy-ca.crt')}",
        f"--root-ca-file={at.file('ca.crt')}",
        f"--cluster-signing-cert-file={at.file('ca.crt')}",
        f"--cluster-signing-key-file={at.file('ca.key')}",
        f"--service-account-private-key-file={at.file('service-account.key')}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--controllers=*,bootstrapsigner,tokencleaner",
        "--use-service-account-credentials=true",
    ]


def scheduler(at: Layout) -> list[str]:
    """The default scheduler."""
    return [
        *_follower(at, "scheduler", at.scheduler_port),
        f"--client-ca-file={at.file('ca.crt')}",
        f"--requestheader-client-ca-file={at.file('front-proxy-ca.crt')}",
    ]


def _follower(at: Layout, user: str, port: int) -> list[str]:
    kubeconfig = at.file(f"{user}.kubeconfig")
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={at.file('certs')}",
        "--leader-elect=false",  # it is the only one; electing costs seconds
        "--kube-api-qps=500",  # its default of 20 makes the start 3 s longer, and large tests wait for it
        "--kube-api-burst=1000",
    ]
