"""The objects of a large mesh, made as they are asked for: 20,000 VirtualServices, 5,000 DestinationRules, 5,000 Services and
20,000 pods in 100 namespaces. For ``bench_reviews`` and the test that counts what a review looks at.
"""

from collections.abc import Iterator
from typing import Any

from bench.admission.sample import pod

PLURALS = {
    "VirtualService": "virtualservices",
    "DestinationRule": "destinationrules",
    "Service": "services",
    "PeerAuthentication": "peerauthentications",
    "AuthorizationPolicy": "authorizationpolicies",
    "Sidecar": "sidecars",
    "ServiceEntry": "serviceentries",
}


def body(kind: str, group: str, namespace: str, name: str, spec: Any) -> dict[str, Any]:
    version = f"{group}/v1" if group else "v1"
    metadata = {"name": name, "namespace": namespace, "labels": {"team": namespace}, "resourceVersion": "1"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def one(kind: str, namespace: str, number: int) -> dict[str, Any]:
    """The object of a kind with a number, as meshes have it."""
    app = f"app-{number % 50}"
    host = f"{app}.{namespace}.svc.cluster.local"
    istio, security = "networking.istio.io", "security.istio.io"
    if kind == "Service":
        ports = [{"name": "grpc", "port": 7070, "targetPort": 7070, "appProtocol": "grpc"}]
        return body(kind, "", namespace, app, {"selector": {"app": app}, "ports": ports, "clusterIP": "10.0.0.1"})
    if kind == "VirtualService":
        match = [{"uri": {"prefix": f"/pkg.Echo{number}/"}, "headers": {"x-user": {"exact": str(number)}}}]
        route = [{"destination": {"host": host, "subset": subset}, "weight": 50} for subset in ("v1", "v2")]
        http = [{"match": match, "route": route, "timeout": "2s"}, {"route": [{"destination": {"host": host}}]}]
        return body(kind, istio, namespace, f"route-{number}", {"hosts": [host], "http": http})
    if kind == "DestinationRule":
        subsets = [{"name": version, "labels": {"version": version}} for version in ("v1", "v2")]
        spec = {"host": host, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}, "subsets": subsets}
        return body(kind, istio, namespace, f"rule-{number}", spec)
    if kind == "PeerAuthentication":
        spec = {"selector": {"matchLabels": {"app": app}}, "mtls": {"mode": "STRICT"}}
        return body(kind, security, namespace, f"mtls-{number}", spec)
    if kind == "AuthorizationPolicy":
        rules = [{"from": [{"source": {"namespaces": [namespace]}}], "to": [{"operation": {"paths": ["/pkg.Echo/*"]}}]}]
        spec = {"selector": {"matchLabels": {"app": app}}, "action": "ALLOW", "rules": rules}
        return body(kind, security, namespace, f"allow-{number}", spec)
    if kind == "Sidecar":
        return body(kind, istio, namespace, f"scope-{number}", {"egress": [{"hosts": ["./*", "istio-system/*"]}]})
    ports = [{"number": 443, "name": "tls", "protocol": "TLS"}]
    spec = {"hosts": [f"api-{number}.example.com"], "ports": ports, "resolution": "DNS"}
    return body("ServiceEntry", istio, namespace, f"outside-{number}", spec)


def deployment(namespace: str, number: int) -> dict[str, Any]:
    made = pod()
    app = f"app-{number}"
    template = {"metadata": {"labels": {"app": app, "version": "v1"}}, "spec": made["spec"]}
    template["metadata"]["annotations"] = {"inject.istio.io/templates": "grpc-agent"}
    spec = {"replicas": 4, "selector": {"matchLabels": {"app": app}}, "template": template}
    return body("Deployment", "apps", namespace, app, spec)


def running(namespace: str, number: int) -> dict[str, Any]:
    """A pod of a Deployment, which the store counts and does not keep."""
    made = pod()
    made["metadata"] |= {
        "namespace": namespace,
        "name": f"app-{number % 10}-6d8c4b7f9c-{number}",
        "resourceVersion": "1",
    }
    made["metadata"]["ownerReferences"][0]["name"] = f"app-{number % 10}-6d8c4b7f9c"
    made["spec"]["containers"].append({"name": "istio-proxy", "env": [{"name": "DISABLE_ENVOY", "value": "true"}]})
    return {**made, "status": {"phase": "Running"}}


def new(namespace: str, number: int) -> dict[str, Any]:
    """The same pod as it is created."""
    made = running(namespace, number)
    made["spec"]["containers"].pop()
    return made


PER_NAMESPACE = {
    "VirtualService": 200,
    "DestinationRule": 50,
    "Service": 50,
    "PeerAuthentication": 2,
    "AuthorizationPolicy": 5,
    "Deployment": 10,
    "Pod": 200,
}
"""Objects of a namespace; with Services and Deployments of the same names."""


def spaces(number: int) -> list[str]:
    """Names of namespaces."""
    return [f"team-{index}" for index in range(number)]


def objects(kind: str, names: list[str], scale: float = 1.0, *, bare: bool = False) -> Iterator[dict[str, Any]]:
    """All objects of a kind in these namespaces; with ``bare`` no pod has the agent that its template asks for."""
    if kind == "Namespace":
        for name in names:
            metadata = {"name": name, "labels": {"proxyless.dev/injection": "enabled"}, "resourceVersion": "1"}
            yield {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    for name in names:
        for number in range(max(1, int(PER_NAMESPACE[kind] * scale)) if kind in PER_NAMESPACE else 0):
            if kind == "Deployment":
                yield deployment(name, number)
            elif kind == "Pod":
                yield (new if bare else running)(name, number) | {"status": {"phase": "Running"}}
            else:
                yield one(kind, name, number)
