"""The workloads on which cases are played: plain backends, xDS servers, and one client pod per library.

Clients read xDS straight from istiod's plaintext port, so one process can have any number of targets; they have no
agent, and share the certificate of one that has. Servers are injected as users' pods are: one stream, through the agent.
Called by `run` and the sample test.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab.node import config, echo, images, istio, programs
from lab.node.cluster import Cluster
from lab.node.oci import Image
from lab.node.polyglot import PKCS8
from lab.node.programs import Program
from matrix_measured import objects
from matrix_measured.nacks import NackLog
from matrix_measured.processes import Processes, deployment_of, pods

NAMESPACE, AWAY = "matrix", "matrix-away"
_BACKEND = Path(__file__).with_name("backend.py")


class Stage:
    """Everything that runs; made once per run."""

    def __init__(self, cluster: Cluster, used: Sequence[Program]) -> None:
        self.cluster = cluster
        self.libraries = tuple(used)
        self.facts: dict[str, Any] = {}
        self.nacks = NackLog(cluster)
        self._callers: dict[str, echo.Caller] = {}
        self._processes = Processes(cluster, NAMESPACE)

    def start(self, *, install: bool) -> None:
        """Install Istio if told so, load images beside that, start all pods and wait until they are ready."""
        made = [programs.echo_python(), programs.echo_go(), *(item.image() for item in self.libraries)]
        self.images = {(item.language, item.version): item.image().name for item in self.libraries}
        with ThreadPoolExecutor(2) as pool:
            loading = [pool.submit(self._load, image) for image in {image.name: image for image in made}.values()]
            if install:
                istio.install(self.cluster)
                self.cluster.await_dns()
            self._make_namespaces()
            for job in loading[:2]:
                job.result()
            self.apply([*self._backends(), *self._strict()])
            self._take_identity()
            for job in loading:
                job.result()
        self.apply([item for library in self.libraries for item in self._client_of(library)])
        names = [*(f"backend-{name}" for name in _BACKENDS), "strict-v1", "strict-v2"]
        names += map(deployment_of, self.libraries)
        objects.await_ready(self.cluster.api, NAMESPACE, *names, timeout=_PATIENCE)
        self._learn()

    def _make_namespaces(self) -> None:
        for name in (NAMESPACE, AWAY):
            meta = {"name": name, "labels": dict(_INJECTED)}
            self.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": meta}])
        self.forget_cases()

    @property
    def callers(self) -> dict[str, echo.Caller]:
        """Client processes by name: of a library, or of one that calls servers."""
        return self._callers

    def wake_clients(self, used: Sequence[Program]) -> None:
        """Processes of these libraries, new ones where they were ended."""
        for library in used:
            self._processes.scale(deployment_of(library), pods(library))
        for library in used:
            self._callers[library.name] = self._processes.meet(deployment_of(library))

    def fresh_client(self, library: Program) -> None:
        """A new process of one library: one that has hundreds of targets grows slow, as does istiod."""
        self._callers[library.name] = self._processes.replace(deployment_of(library))

    def end_client(self, library: Program) -> None:
        """No process of this library until `wake_clients`, to leave the machine to others."""
        self._processes.scale(deployment_of(library), 0)

    def forget_cases(self) -> None:
        """Remove the objects of all cases that have been played."""
        for space in (NAMESPACE, AWAY):
            objects.remove_marked(self.cluster.api, _KINDS, space, f"{_CASE}=yes")

    def apply_case(self, made: Sequence[dict[str, Any]]) -> None:
        """Apply a case's objects, to be removed by `forget_cases`."""
        for item in made:
            item["metadata"] = item["metadata"] | {"labels": item["metadata"].get("labels", {}) | {_CASE: "yes"}}
        self.apply(made)

    def caller(self, name: str) -> echo.Caller:
        """A client that calls servers: a Go process of its own, which nothing but `fresh_caller` ends."""
        if name not in self._callers:
            self.apply(self._client(name, programs.echo_go().name, role="caller"))
            self._callers[name] = self._processes.meet(name)
        return self._callers[name]

    def fresh_caller(self, name: str) -> None:
        """A new process for such a client: its connections wait for nothing that failed before."""
        self._callers[name] = self._processes.replace(name)

    def end_caller(self, name: str) -> None:
        """It is no longer needed."""
        self._processes.scale(name, 0)

    def _load(self, image: Image) -> None:
        """Import an image; not again into a cluster that was kept and has this content."""
        mark = self.cluster.folder / f"loaded-{image.key()}"
        if not mark.exists():
            self.cluster.load(images.archive(image))
            mark.touch()

    def apply(self, made: Sequence[dict[str, Any]]) -> None:
        """Apply several objects; raises ApiError with what the API server said."""
        for item in made:
            if item["kind"] == "Deployment":
                _be_patient(item)
        objects.apply(self.cluster.api, made)

    def _learn(self) -> None:
        for name, labels in {
            "v1": {"app": "backend", "version": "v1"},
            "v2": {"app": "backend", "version": "v2"},
            "strict": {"app": "strict", "version": "v1"},
        }.items():
            found = echo.pods(self.cluster, NAMESPACE, **labels)
            self.facts[name] = [item["status"]["podIP"] for item in found]
        mirror = echo.pods(self.cluster, NAMESPACE, app="mirror")[0]["status"]["podIP"]
        self.facts["mirror-door"] = self.cluster.door(mirror, echo.CONTROL)

    def _istiod(self) -> str:
        """Its plaintext port, by address: a client that waits for DNS on a busy machine would be measured wrong."""
        found = self.cluster.api.request("GET", "/api/v1/namespaces/istio-system/services/istiod")
        return f"{found['spec']['clusterIP']}:15010"

    def _backends(self) -> list[dict[str, Any]]:
        script = {"echo.py": _BACKEND.read_text()}
        made: list[dict[str, Any]] = [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "backend", "namespace": NAMESPACE},
                "data": script,
            }
        ]
        for name, (app, version, replicas) in _BACKENDS.items():
            deployment = echo.deployment(
                f"backend-{name}", NAMESPACE, programs.echo_python().name, version=version, app=app, replicas=replicas,
                annotations={}, labels={"sidecar.istio.io/inject": "false"}, environment={"VERSION": version},
            )  # fmt: skip
            _mount(deployment, "backend", "/backend")
            deployment["spec"]["template"]["spec"]["containers"][0]["command"] = [
                "/usr/bin/python3",
                "/backend/echo.py",
            ]
            made.append(deployment)
        mirror = echo.service("mirror", NAMESPACE, app="mirror")
        return [*made, mirror]

    def _strict(self) -> list[dict[str, Any]]:
        """xDS servers that accept mTLS alone, in the newest Go."""
        image = programs.echo_go().name
        made: list[dict[str, Any]] = [
            echo.deployment(f"strict-{version}", NAMESPACE, image, version=version, app="strict")
            for version in ("v1", "v2")
        ]
        policy = {"selector": {"matchLabels": {"app": "strict"}}, "mtls": {"mode": "STRICT"}}
        made.append(
            {
                "apiVersion": "security.istio.io/v1",
                "kind": "PeerAuthentication",
                "metadata": {"name": "strict", "namespace": NAMESPACE},
                "spec": policy,
            }
        )
        return [*made, echo.service("strict", NAMESPACE, app="strict")]

    def _take_identity(self) -> None:
        """Put the certificate that an agent writes where all clients read it: with agents of their own they start slowly."""
        name = "identity"
        pod = echo.deployment(
            name, NAMESPACE, programs.echo_python().name, app=name, arguments=("--no-server",), annotations=PKCS8
        )
        self.apply([pod])
        objects.await_ready(self.cluster.api, NAMESPACE, name, timeout=_PATIENCE)
        found = echo.pods(self.cluster, NAMESPACE, app=name)[0]["metadata"]["name"]
        text = self.cluster.exec(NAMESPACE, found, "app", "/usr/bin/python3", "-c", _READ)
        meta = {"name": name, "namespace": NAMESPACE}
        self.apply([{"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": json.loads(text)}])
        self._processes.scale(name, 0)

    def _client_of(self, library: Program) -> list[dict[str, Any]]:
        image = self.images[library.language, library.version]
        return self._client(deployment_of(library), image, replicas=pods(library))

    def _client(self, name: str, image: str, *, role: str = "client", replicas: int = 1) -> list[dict[str, Any]]:
        bootstrap = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "data": {"bootstrap.json": json.dumps(_bootstrap(name, self._istiod()))},
        }
        labels = {"role": role, "sidecar.istio.io/inject": "false"}
        deployment = echo.deployment(
            name, NAMESPACE, image, app=name, arguments=("--no-server",), labels=labels, replicas=replicas,
            annotations={}, environment=_ENVIRONMENT,
        )  # fmt: skip
        _mount(deployment, name, "/xds")
        pod = deployment["spec"]["template"]["spec"]
        pod["volumes"].append({"name": "identity", "secret": {"secretName": "identity"}})
        pod["containers"][0]["volumeMounts"].append({"name": "identity", "mountPath": _CERTIFICATES})
        return [bootstrap, deployment]


_PATIENCE = 300.0
"""Seconds for a workload to be ready: a few on an idle machine."""
_CERTIFICATES = "/var/lib/istio/data"
"""Where Istio's agent writes them."""
_ENVIRONMENT = {"GRPC_XDS_BOOTSTRAP": "/xds/bootstrap.json", "GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT": "true"}
"""As Istio's template sets them, but for the place of the bootstrap."""
_READ = f"""
import json, pathlib
print(json.dumps({{file.name: file.read_text() for file in pathlib.Path("{_CERTIFICATES}").glob("*.pem")}}))
"""
_CASE = "matrix-case"
_NETWORKING, _GATEWAY = "networking.istio.io/v1", "gateway.networking.k8s.io/v1"
_KINDS = (
    ("v1", "Service"), (_NETWORKING, "VirtualService"), (_NETWORKING, "DestinationRule"), (_NETWORKING, "ServiceEntry"),
    (_NETWORKING, "WorkloadEntry"), (_NETWORKING, "Sidecar"), (_GATEWAY, "GRPCRoute"), (_GATEWAY, "HTTPRoute"),
    (_GATEWAY, "BackendTLSPolicy"),
)  # fmt: skip
"""What client cases make."""
_INJECTED = {"istio-injection": "enabled"}
_BACKENDS = {"v1": ("backend", "v1", 3), "v2": ("backend", "v2", 1), "mirror": ("mirror", "mirror", 1)}
"""Name, and its app label, version and replicas."""


def _be_patient(deployment: dict[str, Any]) -> None:
    """On a busy machine: a pod that answers its probe late must not lose its endpoint, and each gets as much as istiod.

    Without a request a pod gets next to nothing where others ask for the processor too (measured: a call took 20 s).
    """
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        container["resources"] = {"requests": {"cpu": "20m"}}
        container["readinessProbe"] |= {"timeoutSeconds": 10, "failureThreshold": 30, "periodSeconds": 2}


def _mount(deployment: dict[str, Any], config: str, path: str) -> None:
    pod = deployment["spec"]["template"]["spec"]
    pod["volumes"] = [{"name": "given", "configMap": {"name": config}}]
    pod["containers"][0]["volumeMounts"] = [{"name": "given", "mountPath": path}]


def _bootstrap(name: str, istiod: str) -> dict[str, Any]:
    """Straight to istiod in plaintext, certificates from files that an agent wrote."""
    files = {
        "certificate_file": f"{_CERTIFICATES}/cert-chain.pem",
        "private_key_file": f"{_CERTIFICATES}/key.pem",
        "ca_certificate_file": f"{_CERTIFICATES}/root-cert.pem",
        "refresh_interval": "900s",
    }
    metadata = {
        "GENERATOR": "grpc", "CLUSTER_ID": "Kubernetes", "NAMESPACE": NAMESPACE, "NAME": name,
        "INSTANCE_IPS": "127.0.0.1", "SERVICE_ACCOUNT": "default", "ISTIO_VERSION": "1.31.0",
        "LABELS": {"app": name, "role": "client"}, "NODE_NAME": config.NODE,
    }  # fmt: skip
    return {
        "xds_servers": [{"server_uri": istiod, "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}],
        "node": {
            "id": f"sidecar~127.0.0.1~{name}.{NAMESPACE}~{NAMESPACE}.svc.cluster.local",
            "metadata": metadata,
            "locality": {"region": "r1", "zone": "z1", "sub_zone": ""},
        },
        "certificate_providers": {"default": {"plugin_name": "file_watcher", "config": files}},
        "server_listener_resource_name_template": "xds.istio.io/grpc/lds/inbound/%s",
    }
