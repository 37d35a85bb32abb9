"""The gRPC bootstrap of xds: direct: straight to istiod, with the certificate files that the agent writes.

It is given inline, in an environment variable. What is known only on the node is left as ``$(NAME)``, which the kubelet
fills from the variables before it; their names are our own, so that an application's POD_NAME is never touched.
"""

from typing import Any

from proxyless.inject.compact_json import compact
from proxyless.inject.own.environment import field_of, variable
from proxyless.inject.own.rendering import DATA_FOLDER, ROOT_FOLDER, Rendering
from proxyless.inject.own.volumes import has_root

_FIELDS = {
    "PROXYLESS_POD_IP": "status.podIP",
    "PROXYLESS_POD_NAME": "metadata.name",
    "PROXYLESS_POD_NAMESPACE": "metadata.namespace",
    "PROXYLESS_SERVICE_ACCOUNT": "spec.serviceAccountName",
}
_FILES = {
    "certificate_file": f"{DATA_FOLDER}/cert-chain.pem",
    "private_key_file": f"{DATA_FOLDER}/key.pem",
    "ca_certificate_file": f"{DATA_FOLDER}/root-cert.pem",
    "refresh_interval": "60s",
}
"""Read each minute: the agent renews a certificate at half of its lifetime, which may be minutes (``SECRET_TTL``)."""


def downward() -> list[dict[str, Any]]:
    """The variables that the bootstrap refers to; they must stand before it."""
    return [variable(name, field_of(path)) for name, path in _FIELDS.items()]


def bootstrap(work: Rendering) -> str:
    """The bootstrap in one line of JSON."""
    settings = work.settings
    metadata: dict[str, Any] = {
        "GENERATOR": "grpc",
        "CLUSTER_ID": settings.cluster_id,
        "MESH_ID": settings.mesh,
        "NAMESPACE": "$(PROXYLESS_POD_NAMESPACE)",
        "NAME": "$(PROXYLESS_POD_NAME)",
        "INSTANCE_IPS": "$(PROXYLESS_POD_IP)",
        "SERVICE_ACCOUNT": "$(PROXYLESS_SERVICE_ACCOUNT)",
        "LABELS": work.labels,
        "PROXY_CONFIG": {},  # without it istiod tells neither proxyless nor istioctl proxy-status of this client
    }
    if work.network:
        metadata["NETWORK"] = work.network
    node = (
        "sidecar~$(PROXYLESS_POD_IP)~$(PROXYLESS_POD_NAME).$(PROXYLESS_POD_NAMESPACE)"
        f"~$(PROXYLESS_POD_NAMESPACE).svc.{settings.cluster_domain}"
    )
    server = {
        "server_uri": work.istiod,
        "channel_creds": [{"type": "tls", "config": {**_FILES, **_root_of_istiod(work)}}],
        "server_features": ["xds_v3"],
    }
    content = {
        "xds_servers": [server],
        "node": {"id": node, "metadata": metadata},
        "certificate_providers": {"default": {"plugin_name": "file_watcher", "config": _FILES}},
        "server_listener_resource_name_template": "xds.istio.io/grpc/lds/inbound/%s",
    }
    return compact(content)


def _root_of_istiod(work: Rendering) -> dict[str, str]:
    """Istiod's own root where it is mounted: with an external CA it is not that of the workloads."""
    return {"ca_certificate_file": f"{ROOT_FOLDER}/root-cert.pem"} if has_root(work.settings) else {}
