"""SPIFFE names that a client with mTLS accepts in a server's certificate. Pure; used by ``client``.

They are those of all endpoints of the host, ready or not and whatever the subset, and what a ServiceEntry or an annotation
names. None at all means that istiod lets the client take any name of the trust domain.
Source: ``addServiceAccounts`` and ``updateShardServiceAccount`` in istiod's ``pilot/pkg/model``, ``ConvertService`` in
``pilot/pkg/serviceregistry/kube/conversion.go``.
"""

from collections.abc import Iterator, Mapping

from proxyless.mesh.effective.endpoints import of_workload_entries
from proxyless.mesh.effective.registry import Registered, Registry
from proxyless.mesh.effective.visibility import NOBODY
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.workload import Workload
from proxyless.model.resource import mapping, sequence

_CANONICAL = "alpha.istio.io/canonical-serviceaccounts"
_KUBERNETES = "alpha.istio.io/kubernetes-serviceaccounts"


def identities(item: Registered, registry: Registry, workloads: Workloads, trust_domain: str) -> tuple[str, ...] | None:
    """Names that a client expects of a host's servers, sorted.

    None: not known. istiod keeps those of a Service that is exported to nobody as it first saw them, and those of
    endpoints that have gone where none has come since.
    """
    if NOBODY in item.export:
        return None
    found: set[str] = set()
    same = [other for other in registry.of(item.host) if other.namespace == item.namespace]
    for other in same:
        accounts = _of_service if other.is_kubernetes else _of_entry
        found |= {_name(trust_domain, *account) for account in accounts(other, workloads)}
    if not found:
        return None
    return tuple(sorted({*found, *_written(same[-1], trust_domain)}))


def _name(trust_domain: str, namespace: str, account: str) -> str:
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}"


def _of_service(item: Registered, workloads: Workloads) -> Iterator[tuple[str, str]]:
    slices = workloads.slices(item.resource)
    for slice_ in slices:
        for entry in map(mapping, sequence(slice_.body.get("endpoints"))):
            pod = workloads.pod(slice_.namespace, mapping(entry.get("targetRef")))
            if pod is not None:
                yield _account(pod)
    if not slices:
        yield from map(_account, workloads.selected(item.namespace, item.selector))
    if item.resolution == "STATIC":
        for port in item.ports:
            for endpoint in of_workload_entries(item, port, workloads):
                yield from _of_entry_spec(endpoint.source.spec, endpoint.source.namespace)


def _of_entry(item: Registered, workloads: Workloads) -> Iterator[tuple[str, str]]:
    if isinstance(item.resource.spec.get("workloadSelector"), dict):
        yield from map(_account, workloads.selected(item.namespace, item.selector))
        yield from _of_workload_entries(item, workloads)
        return
    for entry in map(mapping, sequence(item.resource.spec.get("endpoints"))):
        yield from _of_entry_spec(entry, item.namespace)


def _of_workload_entries(item: Registered, workloads: Workloads) -> Iterator[tuple[str, str]]:
    for entry in workloads.entries(item.namespace, item.selector):
        yield from _of_entry_spec(entry.spec, entry.namespace)


def _of_entry_spec(spec: Mapping[str, object], namespace: str) -> Iterator[tuple[str, str]]:
    if spec.get("serviceAccount"):
        yield namespace, str(spec["serviceAccount"])


def _account(workload: Workload) -> tuple[str, str]:
    return workload.resource.namespace, str(workload.spec.get("serviceAccountName") or "default")


def _written(item: Registered, trust_domain: str) -> Iterator[str]:
    """Of ``subjectAltNames`` of a ServiceEntry, or of a Service's annotations."""
    if not item.is_kubernetes:
        yield from map(str, sequence(item.resource.spec.get("subjectAltNames")))
        return
    notes = item.resource.annotations
    yield from filter(None, str(notes.get(_CANONICAL) or "").split(","))
    for account in filter(None, str(notes.get(_KUBERNETES) or "").split(",")):
        yield _name(trust_domain, item.namespace, account)
