"""A real Kubernetes control plane on loopback, for tests, the demo and benchmarks.

Why: admission, status writes and CRD behavior are the API server's; a double would only repeat what we believe of it.
Who calls it: pytest fixtures (tests/conftest.py), the demo, tests/bench, and people through `python -m lab`.
It must never touch a cluster that it did not start, a process that it did not start, or an address off loopback.

| module | what it gives |
|---|---|
| `parts` | `binary("etcd")`: a real binary, found or built |
| `controlplane` | `ControlPlane`: etcd, API server, controller manager, scheduler |
| `crds` | Istio's and Gateway API's CRDs, installed and served |
| `nodes` | `FakeNodes`: pods become Running as a kubelet would make them |
| `istiod` | `Istiod`: Istio's own control plane and injector as a peer |
| `process`, `rundir`, `ports`, `pki`, `api` | what the above stand on |
"""
