"""All I/O besides the front doors: files, the Kubernetes API, istiod; our own kinds into settings."""
