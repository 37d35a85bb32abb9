"""Looks at one machine and one cluster for what proxyless needs, and says of each thing how it is and the one remedy.

Called by ``proxyless doctor``. Reads only. A thing that may not be looked at is told as that, never as missing.
"""

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from proxyless import __version__
from proxyless.errors import ClusterError
from proxyless.model.kinds import INNER, KINDS
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

if TYPE_CHECKING:
    from proxyless.adapters.cluster import KubernetesApi

OK, NOTE, WARNING, FAILS = "ok", "note", "warning", "fails"
_EXTRAS = (("cluster", "kubernetes"), ("xds", "grpc"), ("lsp", "pygls"))
_HOOKS = "/apis/admissionregistration.k8s.io/v1"
_OURS = (
    ("mutatingwebhookconfigurations", "a-proxyless-injector"),
    ("validatingwebhookconfigurations", "proxyless-validator"),
)
_ISTIO = ("VirtualService", "DestinationRule", "PeerAuthentication", "AuthorizationPolicy")
_OWN = ("ProxylessMesh", "ProxylessPolicy")
_SECONDS = 20
_SKEW = 1
"""Minor releases that kubectl may be away from the API server."""


class Diagnosis(NamedTuple):
    """One thing that was looked at."""

    topic: str
    state: str
    text: str
    remedy: str = ""


def of_machine() -> Iterator[Diagnosis]:
    """What is installed here."""
    yield Diagnosis("proxyless", OK, f"{__version__} on Python {platform.python_version()}")
    missing = [extra for extra, module in _EXTRAS if find_spec(module) is None]
    if missing:
        yield Diagnosis(
            "extras", NOTE, f"not installed: {', '.join(missing)}", f"pip install 'proxyless[{','.join(missing)}]'"
        )
    else:
        yield Diagnosis("extras", OK, "cluster, xds and lsp are installed")
    version = kubectl_version()
    if version is None:
        yield Diagnosis(
            "kubectl",
            WARNING,
            "not found, or it does not run: the commands of remedies need it",
            "Install kubectl: https://kubernetes.io/docs/tasks/tools/",
        )
    else:
        yield Diagnosis("kubectl", OK, ".".join(map(str, version)))
    for tool, what in (("helm", "charts"), ("kustomize", "kustomizations")):
        if shutil.which(tool) is None and not (tool == "kustomize" and version is not None):
            yield Diagnosis(
                tool,
                NOTE,
                f"not found: lint counts {what} as not judged",
                f"Install {tool}, or give lint what it prints.",
            )


def kubectl_version() -> tuple[int, int] | None:
    """Major and minor release of kubectl; None where there is none that runs."""
    program = shutil.which("kubectl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  the kubectl of the user
            [program, "version", "--client", "-o", "json"], capture_output=True, check=True, timeout=_SECONDS
        )
        return _release(mapping(json.loads(done.stdout)).get("clientVersion"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _release(version: object) -> tuple[int, int] | None:
    words = [str(mapping(version).get(key) or "").rstrip("+") for key in ("major", "minor")]
    return (int(words[0]), int(words[1])) if all(word.isdecimal() for word in words) else None


def of_cluster(cluster: "KubernetesApi", namespace: str) -> Iterator[Diagnosis]:
    """What a cluster has of Istio and of ours, and what we may do there.

    Raises:
        ClusterError: the API server cannot be reached, or does not know us.
    """
    server = _release(cluster.request("GET", "/version"))
    shown = ".".join(map(str, server)) if server else "a release that it does not tell"
    yield Diagnosis("API server", OK, f"{cluster.server} is {shown}")
    client = kubectl_version()
    if server and client and (server[0] != client[0] or abs(server[1] - client[1]) > _SKEW):
        text = f"{'.'.join(map(str, client))} is more than {_SKEW} minor release away from the API server's {shown}"
        yield Diagnosis("kubectl", WARNING, text, f"Install kubectl {shown}.")
    looks: tuple[tuple[str, Callable[[KubernetesApi], Iterator[Diagnosis]]], ...] = (
        ("Istio's kinds", _kinds),
        ("rights", lambda api: _rights(api, namespace)),
        ("istiod", _istiod),
        ("injector of Istio", _istio_injector),
        ("webhooks of proxyless", _webhooks),
    )
    for topic, look in looks:
        try:
            yield from look(cluster)
        except ClusterError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            yield Diagnosis(
                topic,
                NOTE,
                f"may not be looked at: {error}",
                "Ask for the right to read it, or run doctor as who has it.",
            )


def _kinds(cluster: "KubernetesApi") -> Iterator[Diagnosis]:
    missing = [kind for kind in _ISTIO if cluster.served(kind) is None]
    if missing:
        yield Diagnosis(
            "Istio's kinds",
            FAILS,
            f"not served: {', '.join(missing)}",
            "Install Istio, its CRDs at least: https://istio.io/latest/docs/setup/install/",
        )
    else:
        yield Diagnosis("Istio's kinds", OK, "served")
    own = [kind for kind in _OWN if cluster.served(kind) is None]
    if own:
        yield Diagnosis(
            "proxyless's kinds", NOTE, f"not served: {', '.join(own)}", "kubectl apply --server-side -k crds"
        )
    else:
        yield Diagnosis("proxyless's kinds", OK, "served")


def _rights(cluster: "KubernetesApi", namespace: str) -> Iterator[Diagnosis]:
    from proxyless.adapters.rights import Right, lacking  # noqa: PLC0415  the API client is an extra

    wanted = []
    for kind in KINDS:
        served = None if kind in INNER or not KINDS[kind].listed else cluster.served(kind)
        if served is not None:
            wanted.append(Right(served.group, served.plural, "list"))
    lacks = lacking(cluster, wanted, namespace)
    if lacks:
        shown = ", ".join(map(str, lacks))
        yield Diagnosis(
            "rights",
            WARNING,
            f"missing, so that --cluster judges without them: {shown}",
            "Bind a ClusterRole that lists them, e.g. the ClusterRole view and Istio's reader.",
        )
    else:
        yield Diagnosis("rights", OK, f"all {len(wanted)} kinds that are judged may be listed")


def _istiod(cluster: "KubernetesApi") -> Iterator[Diagnosis]:
    answer = cluster.request("GET", "/api/v1/pods", query={"labelSelector": "app=istiod"})
    pods = [mapping(item) for item in sequence(mapping(answer).get("items"))]
    if not pods:
        yield Diagnosis(
            "istiod",
            FAILS,
            "no pod with the label app=istiod",
            "Install Istio, or proxyless clients get no configuration.",
        )
        return
    for pod in pods:
        metadata, status = mapping(pod.get("metadata")), mapping(pod.get("status"))
        name = f"{metadata.get('namespace')}/{metadata.get('name')}"
        conditions = {
            str(mapping(item).get("type")): mapping(item).get("status") for item in sequence(status.get("conditions"))
        }
        image = next(
            (str(mapping(item).get("image")) for item in sequence(mapping(pod.get("spec")).get("containers"))), ""
        )
        if conditions.get("Ready") == "True":
            yield Diagnosis("istiod", OK, f"{name} is ready, image {image}")
        else:
            yield Diagnosis(
                "istiod",
                FAILS,
                f"{name} is not ready ({status.get('phase')})",
                f"kubectl describe pod --namespace={metadata.get('namespace')} {metadata.get('name')}",
            )


def _istio_injector(cluster: "KubernetesApi") -> Iterator[Diagnosis]:
    answer = cluster.request("GET", f"{_HOOKS}/mutatingwebhookconfigurations")
    names = [str(mapping(mapping(item).get("metadata")).get("name")) for item in sequence(mapping(answer).get("items"))]
    istio = [name for name in names if name.startswith(("istio-sidecar-injector", "istio-revision-tag"))]
    if istio:
        yield Diagnosis("injector of Istio", OK, ", ".join(istio))
    else:
        yield Diagnosis(
            "injector of Istio",
            NOTE,
            "not registered: mode delegate is not possible",
            "Use mode own, or install Istio's injector.",
        )


def _webhooks(cluster: "KubernetesApi") -> Iterator[Diagnosis]:
    found = {name: _configuration(cluster, plural, name) for plural, name in _OURS}
    missing = [name for name, body in found.items() if body is None]
    if len(missing) == len(found):
        yield Diagnosis(
            "webhooks of proxyless",
            NOTE,
            "not installed: nothing is injected or rejected on apply",
            "kubectl apply --server-side -k manifests/base",
        )
        return
    if missing:
        yield Diagnosis(
            "webhooks of proxyless",
            WARNING,
            f"missing: {', '.join(missing)}",
            "kubectl apply --server-side -k manifests/base",
        )
    services: dict[tuple[str, str], None] = {}
    for name, body in found.items():
        for hook in map(mapping, sequence(mapping(body).get("webhooks"))):
            client = mapping(hook.get("clientConfig"))
            if not client.get("caBundle"):
                text = f"{name} has no caBundle for {hook.get('name')}: each review fails"
                yield Diagnosis(
                    "webhooks of proxyless",
                    FAILS,
                    text,
                    "Look at the log of the Deployment proxyless-webhook, which writes it.",
                )
            service = mapping(client.get("service"))
            if service:
                services[str(service.get("namespace")), str(service.get("name"))] = None
    for place, service_name in services:
        yield _endpoints(cluster, place, service_name)


def _configuration(cluster: "KubernetesApi", plural: str, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cluster.request("GET", f"{_HOOKS}/{plural}/{name}")
    except ClusterError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None
    return found


def _endpoints(cluster: "KubernetesApi", namespace: str, name: str) -> Diagnosis:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    answer = cluster.request("GET", path, query={"labelSelector": f"kubernetes.io/service-name={name}"})
    slices = map(mapping, sequence(mapping(answer).get("items")))
    ready = sum(
        mapping(mapping(item).get("conditions")).get("ready") is not False
        for each in slices
        for item in sequence(each.get("endpoints"))
    )
    if ready:
        return Diagnosis(
            "webhooks of proxyless", OK, f"registered, {ready} replicas of Service {namespace}/{name} are ready"
        )
    return Diagnosis(
        "webhooks of proxyless",
        FAILS,
        f"no replica of Service {namespace}/{name} is ready: pods start without the agent",
        f"kubectl get pods --namespace={namespace}",
    )
