"""Which istiod serves a workload, found in the cluster, and a way into it: address, root certificate, token.

Called by ``cli.xds`` and ``adapters.live``. The pod's own agent says where it connects; else the revision of pod and namespace leads
to Istio's injector webhook, which names istiod's Service. Nothing is guessed beyond Istio's usual names.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from proxyless.adapters.ads_node import Proof, XdsNode
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.forward import Forward
from proxyless.adapters.running import containers, is_ready, is_running, variables
from proxyless.errors import ClusterError
from proxyless.mesh.pod import keys
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, mapping, sequence

SECURE, PLAINTEXT = 15012, 15010
"""Ports of istiod's pods for xDS."""
AUDIENCE = "istio-ca"
"""Audience of tokens that istiod takes, unless it is told otherwise."""
_HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_TAG = "istio.io/tag"
_ROOT = ("istio-ca-root-cert", "root-cert.pem")
"""ConfigMap that istiod keeps in every namespace, and the key in it."""
_SECONDS = 600
"""Shortest life that the API server gives a token."""


class Istiod(NamedTuple):
    """One istiod: its Service and running pods, those that are ready first."""

    revision: str
    service: Ref
    pods: tuple[Ref, ...]

    @property
    def server_name(self) -> str:
        """Name in its certificate."""
        return f"{self.service.name}.{self.service.namespace}.svc"


class Door(NamedTuple):
    """A way into one pod of istiod."""

    address: str
    proof: Proof
    pod: Ref
    note: str
    """What had to be done without: in plaintext istiod does not tell how it stands with other clients."""

    @property
    def is_secure(self) -> bool:
        """Whether istiod knows who asks."""
        return self.proof.root is not None


def find(
    cluster: KubernetesApi, namespace: str, pod: Mapping[str, Any] | None = None, *, root_namespace: str = ""
) -> Istiod:
    """The istiod that serves the pods of a namespace.

    Args:
        cluster: where.
        namespace: of the client.
        pod: a running pod of it; None: by its namespace alone.
        root_namespace: of the mesh, where istiod is looked for last.

    Raises:
        ClusterError: there is none, none of its pods runs, or something may not be read; the message names what.
    """
    revision = _revision(cluster, namespace, pod or {})
    service = of_agent(pod or {}) or _of_webhook(cluster, revision)
    if service is None:
        suffix = f"-{revision}" if revision != "default" else ""
        service = Ref("Service", root_namespace or "istio-system", f"istiod{suffix}")
    try:
        body = cluster.get(service)
    except ClusterError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise ClusterError(
            f"no istiod of revision {revision} for namespace {namespace}: there is no {service}; "
            "give istiod's address with --istiod HOST:PORT",
            status=HTTPStatus.NOT_FOUND,
        ) from error
    return Istiod(revision, service, _pods(cluster, service, mapping(mapping(body.get("spec")).get("selector"))))


def node_of(pod: Mapping[str, Any], domain: str) -> XdsNode:
    """The node that stands in a pod's place: its address, labels and account, and its cluster as its agent has it."""
    metadata, spec = mapping(pod.get("metadata")), mapping(pod.get("spec"))
    told = {name: value for each in containers(pod, agent=True) for name, value in variables(each).items()}
    node = XdsNode(
        str(metadata.get("namespace")),
        labels={str(key): str(value) for key, value in mapping(metadata.get("labels")).items()},
        service_account=str(spec.get("serviceAccountName") or "default"),
        cluster=told.get("ISTIO_META_CLUSTER_ID") or "Kubernetes",
        domain=domain,
    )
    address = mapping(pod.get("status")).get("podIP")
    return replace(node, ip=str(address)) if address else node


def account_of(pod: Mapping[str, Any]) -> Ref:
    """The ServiceAccount of a pod."""
    name = mapping(pod.get("spec")).get("serviceAccountName") or "default"
    return Ref("ServiceAccount", str(mapping(pod.get("metadata")).get("namespace")), str(name))


def _revision(cluster: KubernetesApi, namespace: str, pod: Mapping[str, Any]) -> str:
    """Revision or tag that a pod is served by; what the injector wrote on it counts first."""
    metadata = mapping(pod.get("metadata"))
    for kind in ("annotations", "labels"):
        said = mapping(metadata.get(kind)).get(keys.REVISION)
        if said:
            return str(said)
    labels = mapping(mapping(cluster.get(Ref("Namespace", "", namespace)).get("metadata")).get("labels"))
    return str(labels.get(keys.REVISION) or "default")


def of_agent(pod: Mapping[str, Any]) -> Ref | None:
    """The Service in the address that the pod's agent was told, where it was told one."""
    for container in containers(pod, agent=True):
        told = variables(container)
        try:
            address = str(mapping(json.loads(told.get("PROXY_CONFIG") or "{}")).get("discoveryAddress") or "")
        except ValueError:
            return None
        match address.partition(":")[0].split("."):
            case [name, namespace, "svc", *_] | [name, namespace]:
                return Ref("Service", namespace, name)
            case _:
                continue
    return None


def _of_webhook(cluster: KubernetesApi, revision: str) -> Ref | None:
    """The Service that the injector of a revision, or of a tag, is called at; None where that cannot be seen."""
    try:
        listed = cluster.request("GET", _HOOKS)
    except ClusterError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise
    for wanted in (_TAG, keys.REVISION):
        for body in map(mapping, sequence(listed.get("items"))):
            labels = mapping(mapping(body.get("metadata")).get("labels"))
            if labels.get("app") != "sidecar-injector" or labels.get(wanted) != revision:
                continue
            for hook in map(mapping, sequence(body.get("webhooks"))):
                service = mapping(mapping(hook.get("clientConfig")).get("service"))
                if service.get("name"):
                    return Ref("Service", str(service.get("namespace")), str(service["name"]))
    return None


def _pods(cluster: KubernetesApi, service: Ref, selector: Mapping[str, Any]) -> tuple[Ref, ...]:
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    path = f"/api/v1/namespaces/{service.namespace}/pods"
    found = sequence(cluster.request("GET", path, query={"labelSelector": labels}).get("items")) if labels else []
    running = [item for item in map(mapping, found) if is_running(item)]
    if not running:
        raise ClusterError(f"no pod of istiod runs: {service} selects {len(found)} pods, none of them running")
    running.sort(key=lambda item: not is_ready(item))
    return tuple(Ref("Pod", service.namespace, str(item["metadata"]["name"])) for item in running)


@contextmanager
def open_door(
    cluster: KubernetesApi, istiod: Istiod, pod: Ref, account: Ref, audience: str = AUDIENCE
) -> Iterator[Door]:
    """A way into a pod of istiod: over TLS with a token of the client's account, else in plaintext where that is open.

    Args:
        cluster: where.
        istiod: which one.
        pod: one of its pods.
        account: the client's ServiceAccount: istiod answers for a namespace only those who prove to be of it.
        audience: what istiod wants tokens to be for.

    Raises:
        ClusterError: the port cannot be forwarded; the message names the right that is missing.
    """
    try:
        proof = Proof(
            root=_root(cluster, account.namespace),
            token=_token(cluster, account, audience),
            server_name=istiod.server_name,
        )
        note = ""
    except ClusterError as error:
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        proof, note = Proof(), f"istiod is asked in plaintext, since there is no token for it: {error}"
    with Forward(cluster, pod, SECURE if proof.root is not None else PLAINTEXT) as port:
        try:
            yield Door(port.address, proof, pod, note)
        except ClusterError as error:
            told = "; ".join(filter(None, (port.error, note)))
            raise ClusterError(
                f"{str(error).replace(port.address, str(pod))}" + (f" ({told})" if told else "")
            ) from error


def _root(cluster: KubernetesApi, namespace: str) -> bytes:
    name, key = _ROOT
    text = mapping(cluster.get(Ref("ConfigMap", namespace, name)).get("data")).get(key)
    if not isinstance(text, str) or not text:
        raise ClusterError(f"ConfigMap {namespace}/{name} has no {key}", status=HTTPStatus.NOT_FOUND)
    return text.encode()


def _token(cluster: KubernetesApi, account: Ref, audience: str) -> str:
    path = f"/api/v1/namespaces/{account.namespace}/serviceaccounts/{account.name}/token"
    wanted = {"spec": {"audiences": [audience], "expirationSeconds": _SECONDS}}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", **wanted}
    return str(mapping(cluster.request("POST", path, body).get("status")).get("token") or "")
