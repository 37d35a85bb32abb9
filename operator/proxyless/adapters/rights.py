"""Which rights we lack, asked of the API server: a watch that runs goes on for up to an hour after its right was taken away.

Asks for all rules at once, and singly for those that are not among them: some authorizers cannot list what they allow.
Every authenticated identity may ask (``system:basic-user``).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.model.record import NamedTuple

_API = "/apis/authorization.k8s.io/v1"
_MOST = 20
"""Rights that are asked singly in one look; that many missing ones say enough."""


class Right(NamedTuple):
    """One verb on one resource, in all namespaces."""

    group: str
    resource: str
    """Plural, with ``/status`` where that is meant."""
    verb: str

    def __str__(self) -> str:
        """``list virtualservices.networking.istio.io``."""
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''}"


def lacking(cluster: KubernetesApi, rights: Iterable[Right], namespace: str) -> list[Right]:
    """Those of the rights that we do not have.

    Args:
        cluster: where, and as whom.
        rights: what is needed.
        namespace: any that we have; rules of cluster scope are told for each.

    Raises:
        ClusterError: the API server did not answer.
    """
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    answer = cluster.request("POST", f"{_API}/selfsubjectrulesreviews", body)
    rules = answer.get("status", {}).get("resourceRules") or []
    unlisted = [right for right in rights if not any(_grants(rule, right) for rule in rules)]
    return [right for right in unlisted[:_MOST] if not _allowed(cluster, right)]


def _grants(rule: Mapping[str, Any], right: Right) -> bool:
    if rule.get("resourceNames"):
        return False
    return all(
        value in (rule.get(key) or ()) or "*" in (rule.get(key) or ())
        for key, value in (("apiGroups", right.group), ("resources", right.resource), ("verbs", right.verb))
    )


def _allowed(cluster: KubernetesApi, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"group": right.group, "resource": resource, "verb": right.verb, "subresource": subresource}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = cluster.request("POST", f"{_API}/selfsubjectaccessreviews", body)
    return bool(answer.get("status", {}).get("allowed"))
