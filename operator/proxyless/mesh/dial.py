"""Targets after ``xds:///``: which host and port a proxyless client asks istiod for. Read by ``lint``."""

from proxyless.model.record import NamedTuple
from proxyless.model.scalar import whole


class Dialed(NamedTuple):
    """A target as istiod reads it."""

    host: str
    port: int | None
    """None: the target names none."""


def dialed_host(target: str, namespace: str, domain: str = "cluster.local") -> Dialed:
    """The full host that a target means for a client of a namespace.

    Only ``name``, ``name.<own namespace>`` and ``name.<own namespace>.svc`` are completed; ``name.other`` is not.
    Source: ``tryFindFQDN`` in istiod's ``pilot/pkg/networking/grpcgen/lds.go``.
    """
    name, colon, number = target.rpartition(":")
    port = whole(number) if colon else None
    host = target if port is None else name
    base, dot, rest = host.partition(".")
    if not dot or rest in (namespace, f"{namespace}.svc"):
        return Dialed(f"{base}.{namespace}.svc.{domain}", port)
    return Dialed(host, port)
