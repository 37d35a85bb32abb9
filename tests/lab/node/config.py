"""Configuration files and command lines of the node's processes. Pure; only `lab.node.cluster` calls it."""

import json
from pathlib import Path

NODE = "lab-node"
ADDRESS = "10.201.0.1"
POD_RANGE = "10.244.0.0/24"
DNS_ADDRESS = "10.96.0.10"
PAUSE = "localhost/pause:lab"
IMAGE_NAMESPACE = "k8s.io"


def containerd(folder: Path, shim_folder: Path) -> str:
    """containerd's configuration (TOML).

    `restrict_oom_score_adj`: without CAP_SYS_RESOURCE a sandbox could not lower its score and would die at once.
    """
    return f"""
version = 3
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.erofs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{PAUSE}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    runtime_path = "{shim_folder}/containerd-shim-runc-v2"
"""


def cni() -> str:
    """Pods on a bridge that reaches nothing but this node: no masquerading."""
    return json.dumps(
        {
            "cniVersion": "1.0.0",
            "name": "lab",
            "plugins": [
                {
                    "type": "bridge",
                    "bridge": "cni0",
                    "isGateway": True,
                    "hairpinMode": True,
                    "ipam": {
                        "type": "host-local",
                        "ranges": [[{"subnet": POD_RANGE}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                    },
                },
                {"type": "portmap", "capabilities": {"portMappings": True}},
            ],
        }
    )


def kubelet(folder: Path, cgroup_root: str) -> str:
    """KubeletConfiguration (JSON is YAML). Written for hybrid cgroup v1 machines too, without swap or disk worries."""
    return json.dumps(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(folder / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": cgroup_root,
            "failCgroupV1": False,
            "failSwapOn": False,
            "enforceNodeAllocatable": [],
            "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
            "clusterDNS": [DNS_ADDRESS],
            "clusterDomain": "cluster.local",
            "resolvConf": str(folder / "resolv.conf"),
            "podLogsDir": str(folder / "pods"),
            "volumePluginDir": str(folder / "volume-plugins"),
            "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
            "imageGCHighThresholdPercent": 100,
            "imageMinimumGCAge": "24h",
            "maxPods": 200,
            "registerWithTaints": [],
            "nodeStatusUpdateFrequency": "5s",
            "serializeImagePulls": False,
            "syncFrequency": "10s",
        }
    )


def kube_proxy(folder: Path) -> str:
    """KubeProxyConfiguration: iptables; connection tracking limits are the machine's, not ours."""
    return json.dumps(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(folder / "kube-proxy.kubeconfig")},
            "mode": "iptables",
            "clusterCIDR": POD_RANGE,
            "hostnameOverride": NODE,
            "conntrack": {"maxPerCore": 0},
            "iptables": {"minSyncPeriod": "100ms"},
        }
    )


COREFILE = """.:53 {
    errors
    health
    ready
    kubernetes cluster.local {
        pods insecure
        ttl 5
    }
    reload
}
"""
"""No upstream: a name outside the cluster does not exist."""
