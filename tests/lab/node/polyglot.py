"""A mesh of all echo programs: each as a server and as a client pod of its own, all servers behind one host.

Called by tests and by the measured matrix. Every client has one target and no server, hence one xDS stream. Routes lead
by the method's name to one version each: header matches would be rejected by the old libraries.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from lab.node import echo, images, istio
from lab.node.cluster import Cluster
from lab.node.programs import Program

ISTIO = (
    *istio.MINIMAL,
    "values.pilot.resources.requests.cpu=50m",
    "values.pilot.resources.requests.memory=200Mi",
    "values.global.proxy.resources.requests.cpu=10m",
    "values.global.proxy.resources.requests.memory=40Mi",
)
"""With Istio's own requests (100m for each agent, 500m for istiod) 15 pods fill a machine of 2 cores."""
PKCS8 = {
    "inject.istio.io/templates": "grpc-agent",
    "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true, "proxyMetadata": {"PKCS8_KEY": "true"}}',
}
"""Pod annotations with which the agent writes a key that Java can read; all other languages read it too."""
_AT_ONCE = 4
"""Clients that call at the same time."""

Results = dict[tuple[str, str], dict[str, Any]]
"""Last result of each call, by names of client and server program."""


@dataclass
class Polyglot:
    """The programs in one namespace, once `deploy` has returned."""

    cluster: Cluster
    namespace: str
    programs: Sequence[Program]
    callers: dict[str, echo.Caller] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """What every client dials."""
        return f"xds:///echo.{self.namespace}.svc.cluster.local:{echo.PORT}"

    def identity(self, program: str) -> str:
        """SPIFFE identity of a program's client."""
        return f"spiffe://cluster.local/ns/{self.namespace}/sa/{client_of(program)}"

    def deploy(self) -> None:
        """Load the images, make everything and wait until all pods are ready."""
        self.cluster.load(*(images.archive(program.image()) for program in self.programs))
        meta = {"name": self.namespace, "labels": {"istio-injection": "enabled"}}
        self.cluster.api.request("POST", "/api/v1/namespaces", {"metadata": meta})
        pods = [item for program in self.programs for item in (self.server(program), self.client(program))]
        accounts = [_account(pod["metadata"]["name"], self.namespace) for pod in pods]
        self.apply(echo.service("echo", self.namespace), *accounts, *pods, self.routes(), self.destination())
        for pod in pods:
            echo.await_deployment(self.cluster, self.namespace, pod["metadata"]["name"], timeout=180)
        self.callers = {program.name: self.caller(program.name) for program in self.programs}

    def apply(self, *items: Mapping[str, Any]) -> None:
        """Apply objects in the namespace."""
        self.cluster.apply(
            json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)}), namespace=self.namespace
        )

    def caller(self, program: str) -> echo.Caller:
        """Control port of a program's client; asks anew, for a pod that has been replaced."""
        return echo.Caller.of(self.cluster, self.namespace, app="client", version=program)

    def restart(self, *names: str) -> None:
        """Replace the pods of some Deployments and wait until the new ones are ready and the old ones gone."""
        for name in names:
            self.cluster.kubectl("rollout", "restart", f"deployment/{name}", "-n", self.namespace)
        for name in names:
            echo.await_deployment(self.cluster, self.namespace, name, timeout=120)

    def call_all(
        self, accept: Callable[[str, str, dict[str, Any]], bool], *, within: float = 30, **order: object
    ) -> Results:
        """Let every client call every server until `accept(client, server, result)`, or for `within` seconds each."""

        def calls_of(client: str) -> Results:
            made: Results = {}
            for server in self.programs:
                made[client, server.name] = self.callers[client].until(
                    self.target,
                    lambda results, server=server: accept(client, server.name, results[0]),
                    within=within,
                    **{"method": method_of(server.name), **order},
                )[0]
            return made

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return {pair: result for part in pool.map(calls_of, self.callers) for pair, result in part.items()}

    def server(self, program: Program, annotations: Mapping[str, str] = PKCS8) -> dict[str, Any]:
        """Deployment of a program as a server; one that cannot serve by xDS is a plain one."""
        arguments = () if program.serves else ("--plain",)
        return self._deployment(program.name, program, "echo", arguments, annotations)

    def client(self, program: Program, annotations: Mapping[str, str] = PKCS8) -> dict[str, Any]:
        """Deployment of a program as a client only."""
        return self._deployment(client_of(program.name), program, "client", ("--no-server",), annotations)

    def _deployment(
        self, name: str, program: Program, app: str, arguments: tuple[str, ...], annotations: Mapping[str, str]
    ) -> dict[str, Any]:
        made = echo.deployment(
            name, self.namespace, program.image().name,
            version=program.name, app=app, arguments=arguments, annotations=annotations,
        )  # fmt: skip
        made["spec"]["template"]["spec"]["serviceAccountName"] = name
        return made

    def routes(self, match: Callable[[str], dict[str, Any]] | None = None) -> dict[str, Any]:
        """VirtualService that leads to one server each, by path or by another match."""

        def by_path(server: str) -> dict[str, Any]:
            return {"uri": {"prefix": method_of(server)}}

        routes: list[dict[str, Any]] = [
            {
                "match": [(match or by_path)(program.name)],
                "route": [{"destination": {"host": "echo", "subset": program.name}}],
            }
            for program in self.programs
        ]
        return _istio("networking.istio.io/v1", "VirtualService", "echo", {"hosts": ["echo"], "http": routes})

    def destination(self, mode: str = "") -> dict[str, Any]:
        """DestinationRule with a subset per server, and that TLS mode where one is given."""
        subsets = [{"name": program.name, "labels": {"version": program.name}} for program in self.programs]
        policy = {"trafficPolicy": {"tls": {"mode": mode}}} if mode else {}
        return _istio(
            "networking.istio.io/v1", "DestinationRule", "echo", {"host": "echo", "subsets": subsets, **policy}
        )

    def strict(self) -> None:
        """mTLS on both sides: PeerAuthentication STRICT and DestinationRule ISTIO_MUTUAL."""
        spec = {"mtls": {"mode": "STRICT"}}
        self.apply(
            _istio("security.istio.io/v1", "PeerAuthentication", "default", spec), self.destination("ISTIO_MUTUAL")
        )


def method_of(server: str) -> str:
    """Method that the routes lead to that server; with "Stream" after it, it answers with a stream."""
    return f"/proxyless.lab.Echo/{server}"


def client_of(program: str) -> str:
    """Name of a program's client Deployment and ServiceAccount."""
    return f"{program}-client"


def _account(name: str, namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def _istio(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
