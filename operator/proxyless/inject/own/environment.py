"""Environment of the agent: who the pod is, where istiod is, and that there is no Envoy."""

from typing import Any

from proxyless.inject.compact_json import compact
from proxyless.inject.own.rendering import DATA_FOLDER, Rendering
from proxyless.inject.settings import AGENT_DISCOVERY
from proxyless.mesh.pod import keys

_FIELDS = {
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "INSTANCE_IP": "status.podIP",
    "SERVICE_ACCOUNT": "spec.serviceAccountName",
    "HOST_IP": "status.hostIP",
}
DEFAULT_STATUS_PORT = 15020


def add_environment(work: Rendering) -> None:
    """Variables in Istio's order. A name of proxyMetadata wins over what stands before it, as the kubelet would have it."""
    settings = work.settings
    values: dict[str, str | dict[str, Any]] = {
        "ISTIO_META_GENERATOR": "grpc",
        "OUTPUT_CERTS": DATA_FOLDER,
        "PILOT_CERT_PROVIDER": settings.pilot_cert_provider,
        "CA_ADDR": settings.authority,
    }
    if settings.inbound_localhost:
        values["REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION"] = "true"
    for name, path in _FIELDS.items():
        values[name] = field_of(path)
    values["PROXY_CONFIG"] = _proxy_config(work)
    values["ISTIO_META_POD_PORTS"] = compact([port for app in work.pod.apps for port in app.ports])
    values["ISTIO_META_APP_CONTAINERS"] = ",".join(app.name for app in work.pod.apps)
    values["ISTIO_META_CLUSTER_ID"] = settings.cluster_id
    values["ISTIO_META_NODE_NAME"] = field_of("spec.nodeName")
    if work.network:
        values["ISTIO_META_NETWORK"] = work.network
    if work.owner.name:
        values["ISTIO_META_WORKLOAD_NAME"] = work.owner.name
        values["ISTIO_META_OWNER"] = work.owner.uri(work.namespace.name)
    values["ISTIO_META_MESH_ID"] = settings.mesh
    values["TRUST_DOMAIN"] = settings.trust_domain
    values[keys.PKCS8_KEY] = "true"
    values.update(sorted(work.proxy_metadata.items()))
    values["ISTIO_META_DNS_CAPTURE"] = "false"
    values["DISABLE_ENVOY"] = "true"
    work.agent["env"] = [variable(name, value) for name, value in values.items()]


def field_of(path: str) -> dict[str, Any]:
    """A variable's source: a field of the pod."""
    return {"fieldRef": {"fieldPath": path}}


def variable(name: str, value: str | dict[str, Any]) -> dict[str, Any]:
    """An entry of ``env``: a text, or where the kubelet takes it from."""
    return {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}


def _proxy_config(work: Rendering) -> str:
    """Where the pod's configuration differs from the agent's own defaults: mesh, then annotation, then what we derive."""
    config = {**work.settings.proxy_config, **(work.said.config or {})}
    metadata = work.proxy_metadata
    if metadata:
        config["proxyMetadata"] = metadata
    if work.settings.istiod != AGENT_DISCOVERY:
        config.setdefault("discoveryAddress", work.settings.istiod)
    if work.settings.status_port != DEFAULT_STATUS_PORT:
        config.setdefault("statusPort", work.settings.status_port)
    return compact(config) + "\n"
