"""A whole one-node Kubernetes without Docker: machine (namespaces), containerd, kubelet, kube-proxy, DNS.

`lab.node.cluster.Cluster` is what tests, the demo and the scenarios use; the other modules are its pieces.
Linux and root only: `lab.node.needs` says exactly what is missing elsewhere.
"""
