"""Hosts: from what an author writes to the name istiod compares."""

from functools import lru_cache

from proxyless.model.record import NamedTuple


class ServiceHost(NamedTuple):
    """A Kubernetes Service behind a fully qualified host."""

    name: str
    namespace: str


def qualify(host: str, namespace: str, domain: str = "cluster.local") -> str:
    """The full name of a host in an Istio resource: a name without a dot is one of the resource's own namespace.

    Source: Istio's reference of ``DestinationRule.host`` and ``Destination.host``; wildcards stay as they are.
    """
    if "." in host or host.startswith("*") or not host:
        return host
    return f"{host}.{namespace}.svc.{domain}"


@lru_cache(maxsize=4096)
def service_of(host: str, domain: str = "cluster.local") -> ServiceHost | None:
    """The Service that a fully qualified host names, None for foreign hosts and wildcards."""
    suffix = f".svc.{domain}"
    if not host.endswith(suffix) or host.startswith("*"):
        return None
    parts = host[: -len(suffix)].split(".")
    return ServiceHost(parts[0], parts[1]) if len(parts) == 2 else None  # noqa: PLR2004  name and namespace


def covers(pattern: str, host: str) -> bool:
    """Whether a host or wildcard (``*``, ``*.shop.svc.cluster.local``) covers a host or a narrower wildcard."""
    if pattern in (host, "*"):
        return True
    return pattern.startswith("*.") and host.removeprefix("*").endswith(pattern[1:])
