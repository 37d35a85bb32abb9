"""Volumes of an injected pod and where the agent mounts them."""

from typing import Any

from proxyless.inject.own.rendering import CREDENTIALS_FOLDER, DATA_FOLDER, ROOT_FOLDER, XDS_FOLDER, Rendering
from proxyless.inject.own.user_volumes import user_mounts, user_volumes
from proxyless.inject.settings import InjectionSettings

VOLUMES = ("spec", "volumes")


def add_mounts(work: Rendering) -> None:
    """The agent's mounts, in Istio's order."""
    settings = work.settings
    mounts = [_mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"), credentials_mount(settings)]
    if has_root(settings):
        mounts.append(root_mount())
    mounts += [data_mount(), xds_mount(), _mount("istio-token", "/var/run/secrets/tokens")]
    if settings.mount_mtls_certs:
        mounts.append({**_mount("istio-certs", "/etc/certs/"), "readOnly": True})
    mounts.append(_mount("istio-podinfo", "/etc/istio/pod"))
    volumes = {volume["name"] for volume in work.pod.volumes} | _sources(work).keys()
    work.user_volumes = user_volumes(work, volumes)
    mounts += user_mounts(work, volumes | work.user_volumes.keys(), {mount["mountPath"] for mount in mounts})
    work.agent["volumeMounts"] = mounts


def has_root(settings: InjectionSettings) -> bool:
    """Whether istiod's root comes in a volume of its own."""
    return settings.pilot_cert_provider == "istiod"


def root_mount() -> dict[str, Any]:
    """The root that istiod's certificate is checked against."""
    return _mount("istiod-ca-cert", ROOT_FOLDER)


def data_mount() -> dict[str, Any]:
    """Certificate, key and root."""
    return _mount("istio-data", DATA_FOLDER)


def xds_mount() -> dict[str, Any]:
    """The agent's socket and the bootstrap file."""
    return _mount("istio-xds", XDS_FOLDER)


def credentials_mount(settings: InjectionSettings) -> dict[str, Any]:
    """Certificates as GKE gives them, else a folder that stays empty."""
    if settings.gke_workload_certificates:
        return {**_mount("gke-workload-certificate", CREDENTIALS_FOLDER), "readOnly": True}
    return _mount("workload-certs", CREDENTIALS_FOLDER)


def add_volumes(work: Rendering) -> None:
    """The volumes, each with its source. One of the same name that the pod has already stays as it is."""
    there = {volume["name"] for volume in work.pod.volumes}
    sources = _sources(work) | work.user_volumes
    wanted = [{"name": name, **source} for name, source in sources.items() if name not in there]
    work.volumes.extend(volume["name"] for volume in wanted)
    work.patch.append(VOLUMES, wanted)


def _sources(work: Rendering) -> dict[str, dict[str, Any]]:
    settings = work.settings
    sources: dict[str, dict[str, Any]] = {"workload-socket": {"emptyDir": {}}}
    if settings.gke_workload_certificates:
        sources["gke-workload-certificate"] = {"csi": {"driver": "workloadcertificates.security.cloud.google.com"}}
    else:
        sources["workload-certs"] = {"emptyDir": {}}
    sources["istio-xds"] = {"emptyDir": {"medium": "Memory"}}
    sources["istio-data"] = {"emptyDir": {}}
    sources["istio-podinfo"] = {
        "downwardAPI": {
            "items": [
                {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                {"path": "annotations", "fieldRef": {"fieldPath": "metadata.annotations"}},
            ]
        }
    }
    token = {"path": "istio-token", "expirationSeconds": 43200, "audience": settings.token_audience}
    sources["istio-token"] = {"projected": {"sources": [{"serviceAccountToken": token}]}}
    if has_root(settings):
        sources["istiod-ca-cert"] = _root(settings)
    if settings.mount_mtls_certs:
        account = work.pod.spec.get("serviceAccountName") or "default"
        sources["istio-certs"] = {"secret": {"optional": True, "secretName": f"istio.{account}"}}
    return sources


def _root(settings: InjectionSettings) -> dict[str, Any]:
    """Istiod's root certificate."""
    name = settings.trust_bundle_name
    if not settings.cluster_trust_bundle:
        return {"configMap": {"name": name}}
    suffix = "root-cert" if name == "istio-ca-root-cert" else name
    bundle = {"name": f"istio.io:istiod-ca:{suffix}", "path": "root-cert.pem"}
    return {"projected": {"sources": [{"clusterTrustBundle": bundle}]}}


def _mount(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "mountPath": path}
