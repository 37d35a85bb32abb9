"""Everything that reads or writes outside the process: files, the Kubernetes API, istiod. Also makes settings of ProxylessMesh and ProxylessPolicy."""
