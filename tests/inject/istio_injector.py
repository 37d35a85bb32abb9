"""Istio's own injector as the other side of a comparison: the real istioctl with the templates compiled into it.

`istioctl kube-inject` runs the same code as istiod's webhook, from files, without a cluster. One call takes about 0.1 s.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.istio_install import render
from lab.parts import binary
from proxyless.inject.settings import InjectionSettings

_NOWHERE = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
"""
"""Without a kubeconfig istioctl looks for a cluster for minutes."""


@dataclass(frozen=True)
class Refused:
    """The injector's error: in a cluster the pod would be refused."""

    text: str


class IstioInjector:
    """Runs the injector with the templates and values of a rendered installation."""

    def __init__(self, folder: Path) -> None:
        maps = {item["metadata"]["name"]: item for item in render([]) if item["kind"] == "ConfigMap"}
        self._folder = folder
        self._values: dict[str, Any] = json.loads(maps["istio-sidecar-injector"]["data"]["values"])
        self._mesh: dict[str, Any] = yaml.safe_load(maps["istio"]["data"]["mesh"])
        config = yaml.load(maps["istio-sidecar-injector"]["data"]["config"], yaml.CSafeLoader)
        config["templates"]["corp-defaults"] = "metadata:\n  annotations:\n    corp.example/defaults: applied\n"
        (folder / "config").write_text(yaml.dump(config, Dumper=yaml.CSafeDumper))
        (folder / "kubeconfig").write_text(_NOWHERE)

    def inject(self, pod: dict[str, Any], settings: InjectionSettings, namespace: str) -> dict[str, Any] | Refused:
        """The pod as Istio's injector makes it, with the values that mean the same as our settings."""
        body = {**pod, "metadata": {"namespace": namespace, **(pod.get("metadata") or {})}}
        files = {"pod.yaml": body, "values": self._values_for(settings), "mesh": self._mesh_for(settings)}
        for name, content in files.items():
            (self._folder / name).write_text(json.dumps(content))
        paths = {name: str(self._folder / name) for name in ("pod.yaml", "values", "mesh", "config")}
        command = [
            str(binary("istioctl")),
            "kube-inject",
            "-r",
            settings.revision or "default",
            "-f",
            paths["pod.yaml"],
        ]
        command += ["--injectConfigFile", paths["config"], "--meshConfigFile", paths["mesh"]]
        command += ["--valuesFile", paths["values"]]
        environment = {"KUBECONFIG": str(self._folder / "kubeconfig"), "HOME": str(self._folder)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment)
        if done.returncode != 0:
            return Refused(done.stderr)
        result: dict[str, Any] = next(item for item in yaml.safe_load_all(done.stdout) if item)
        return result

    def _values_for(self, settings: InjectionSettings) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(json.dumps(self._values))
        shared, proxy = values["global"], values["global"]["proxy"]
        hub, _, name = settings.image.rpartition("/")
        image, _, tag = name.partition(":")
        shared.update(
            hub=hub,
            tag=tag,
            imagePullPolicy=settings.image_pull_policy,
            imagePullSecrets=list(settings.image_pull_secrets),
            istioNamespace=settings.istio_namespace,
            meshID=settings.mesh_id,
            network=settings.network,
            caAddress=settings.ca_address,
            pilotCertProvider=settings.pilot_cert_provider,
            trustBundleName=settings.trust_bundle_name,
            mountMtlsCerts=settings.mount_mtls_certs,
            caName="GkeWorkloadCertificate" if settings.gke_workload_certificates else "",
            logAsJson=settings.log_as_json,
        )
        shared["sds"]["token"]["aud"] = settings.token_audience
        shared["sts"]["servicePort"] = settings.sts_port
        shared["logging"]["level"] = settings.agent_log_level
        shared["multiCluster"]["clusterName"] = settings.cluster_id
        proxy.update(
            image=image,
            clusterDomain=settings.cluster_domain,
            logLevel=settings.proxy_log_level,
            componentLogLevel=settings.component_log_level,
            resources={key: dict(value) for key, value in settings.resources.items()},
            readinessInitialDelaySeconds=settings.readiness_initial_delay,
            readinessPeriodSeconds=settings.readiness_period,
            readinessFailureThreshold=settings.readiness_failure_threshold,
        )
        values["revision"] = "" if settings.revision in ("", "default") else settings.revision
        if settings.cluster_trust_bundle:
            values["pilot"]["env"]["ENABLE_CLUSTER_TRUST_BUNDLE_API"] = True
            shared["trustBundleName"] = ""
        return values

    def _mesh_for(self, settings: InjectionSettings) -> dict[str, Any]:
        default = {**self._mesh["defaultConfig"], **settings.proxy_config, "discoveryAddress": settings.istiod}
        if settings.proxy_metadata:
            default["proxyMetadata"] = dict(settings.proxy_metadata)
        default["statusPort"] = settings.status_port
        default["holdApplicationUntilProxyStarts"] = settings.hold
        return {
            **self._mesh,
            "defaultConfig": default,
            "trustDomain": settings.trust_domain,
            "rootNamespace": settings.istio_namespace,
            "enablePrometheusMerge": settings.prometheus_merge,
            "inboundTrafficPolicy": {"mode": "LOCALHOST" if settings.inbound_localhost else "PASSTHROUGH"},
        }
