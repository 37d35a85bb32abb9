"""The workloads on which cases are played: plain backends, xDS servers, and one client pod per library.

Clients read xDS straight from istiod's plaintext port, so one process can have any number of targets; the agent beside
them only writes their certificates. Servers are injected as users' pods are: one stream, through the agent.
Called by `run` and the sample test.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.node import config, echo, images, programs
from lab.node.cluster import Cluster
from lab.node.oci import Image
from lab.node.polyglot import PKCS8
from lab.node.programs import Program
from matrix_measured.processes import Processes, deployment_of, spares

NAMESPACE, AWAY = "matrix", "matrix-away"
_BACKEND = Path(__file__).with_name("backend.py")


class Stage:
    """Everything that runs; made once per run."""

    def __init__(self, cluster: Cluster, used: Sequence[Program]) -> None:
        self.cluster = cluster
        self.libraries = tuple(used)
        self.facts: dict[str, Any] = {}
        self._caller: echo.Caller | None = None
        self._processes = Processes(cluster, NAMESPACE, self.libraries)

    def start(self) -> None:
        """Load images, start all pods and wait until they are ready."""
        made = [programs.echo_python(), programs.echo_go(), *(item.image() for item in self.libraries)]
        self.images = {(item.language, item.version): item.image().name for item in self.libraries}
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._load, {image.name: image for image in made}.values()))
        for name in (NAMESPACE, AWAY):
            self.apply(
                [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(_INJECTED)}}]
            )
        self.apply(
            [
                *self._backends(),
                *self._strict(),
                *(item for one in self.libraries for item in self._client_of(one)),
            ]
        )
        names = [f"backend-{name}" for name in _BACKENDS]
        for name in [*names, "strict-v1", "strict-v2"]:
            echo.await_deployment(self.cluster, NAMESPACE, name, timeout=240)
        self._processes.meet(rollout=True)
        self._learn()

    @property
    def callers(self) -> dict[str, echo.Caller]:
        """The client of each library, by its name."""
        return self._processes.callers

    def fresh_clients(self) -> None:
        """New client processes for new cases: one that has hundreds of targets grows slow, as does istiod."""
        self.forget_cases()
        self._processes.replace_all()

    def end_clients(self) -> None:
        """No client processes, to leave the machine to servers."""
        self._processes.end_all()
        self.forget_cases()

    def fresh_client(self, library: Program) -> None:
        """A new process of one library."""
        self._processes.replace(library)

    def forget_cases(self) -> None:
        """Remove the objects of all cases that have been played."""
        for space in (NAMESPACE, AWAY):
            self.cluster.kubectl(
                "delete", ",".join(_KINDS), "-n", space, "-l", f"{_CASE}=yes", "--wait=false", timeout=120
            )

    def apply_case(self, objects: Sequence[dict[str, Any]]) -> None:
        """Apply a case's objects, to be removed by `forget_cases`."""
        for item in objects:
            item["metadata"] = item["metadata"] | {"labels": item["metadata"].get("labels", {}) | {_CASE: "yes"}}
        self.apply(objects)

    def caller(self) -> echo.Caller:
        """The client that calls servers: a Go process of its own, which nothing ends."""
        if self._caller is None:
            self.apply(self._client(_CALLER, programs.echo_go().name, role="caller"))
            self._caller = self._processes.of(_CALLER)
        return self._caller

    def _load(self, image: Image) -> None:
        self.cluster.load(images.archive(image))

    def apply(self, objects: Sequence[dict[str, Any]]) -> None:
        """Apply several objects at once; raises LabError with what the API server said."""
        for item in objects:
            if item["kind"] == "Deployment":
                _be_patient(item)
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        done = self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
        if done.returncode != 0:
            raise LabError(done.stderr.strip())

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

    def _client_of(self, library: Program) -> list[dict[str, Any]]:
        image = self.images[library.language, library.version]
        return self._client(deployment_of(library), image, replicas=1 + spares(library))

    def _client(self, name: str, image: str, *, role: str = "client", replicas: int = 1) -> list[dict[str, Any]]:
        bootstrap = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "data": {"bootstrap.json": json.dumps(_bootstrap(name, self._istiod()))},
        }
        deployment = echo.deployment(
            name, NAMESPACE, image, app=name, arguments=("--no-server",), labels={"role": role}, replicas=replicas,
            annotations=PKCS8, environment={"GRPC_XDS_BOOTSTRAP": "/xds/bootstrap.json"},
        )  # fmt: skip
        _mount(deployment, name, "/xds")
        return [bootstrap, deployment]


_CALLER = "caller"
_CASE = "matrix-case"
_KINDS = (
    "service", "virtualservice", "destinationrule", "serviceentry", "workloadentry", "sidecar", "grpcroute", "httproute",
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
        container["resources"] = {"requests": {"cpu": "40m"}}
        container["readinessProbe"] |= {"timeoutSeconds": 10, "failureThreshold": 30}


def _mount(deployment: dict[str, Any], config: str, path: str) -> None:
    pod = deployment["spec"]["template"]["spec"]
    pod["volumes"] = [{"name": "given", "configMap": {"name": config}}]
    pod["containers"][0]["volumeMounts"] = [{"name": "given", "mountPath": path}]


def _bootstrap(name: str, istiod: str) -> dict[str, Any]:
    """Straight to istiod in plaintext, certificates from the agent's files."""
    files = {
        "certificate_file": "/var/lib/istio/data/cert-chain.pem",
        "private_key_file": "/var/lib/istio/data/key.pem",
        "ca_certificate_file": "/var/lib/istio/data/root-cert.pem",
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
