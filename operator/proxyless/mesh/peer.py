"""Effective PeerAuthentication of a workload's port, and how a proxyless server applies it.

Read by ``lint``. Source of the order: istiod's ``ComposePeerAuthentication`` (``pilot/pkg/security/authn``); of the
server's side: ``buildInboundFilterChains`` in ``pilot/pkg/networking/grpcgen/lds.go``.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from proxyless.mesh.age import age_order
from proxyless.mesh.selector import match_labels, selects
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping

TLS_MODE = "security.istio.io/tlsMode"
"""Pod label; with the value ``istio`` sidecar clients use mTLS, and a proxyless server never speaks plaintext."""


class MtlsMode(Enum):
    """mTLS mode of a server's port after all levels are resolved; UNSET is never a result."""

    __hash__ = object.__hash__  # as Framework

    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


class Speaks(Enum):
    """What a server answers on its port."""

    __hash__ = object.__hash__  # as Framework

    PLAINTEXT = "plaintext"
    TLS = "mTLS"


class PeerMode(NamedTuple):
    """The effective mode and where it was written."""

    mode: MtlsMode
    source: Resource | None = None
    """The PeerAuthentication that sets it; None: no level sets one, the default PERMISSIVE holds."""
    path: FieldPath = ()
    """Where in ``source``."""


def written_mode(value: object) -> MtlsMode | None:
    """The mode in an ``mtls`` mapping, None where it is absent or UNSET and so inherits."""
    mode = mapping(value).get("mode")
    return MtlsMode(mode) if mode in ("DISABLE", "PERMISSIVE", "STRICT") else None


def is_for_workloads(policy: Resource) -> bool:
    """Whether a PeerAuthentication has a selector; without one it is for its namespace, or the mesh."""
    return bool(match_labels(policy))


def deciding_policies(
    policies: Iterable[Resource], *, labels: Mapping[str, object], namespace: str, root_namespace: str
) -> tuple[Resource, ...]:
    """The one policy per level that counts, narrowest first: workload, namespace, mesh; levels without one are left out.

    The oldest of a level wins whole. A policy with a selector in the root namespace is never used.
    """
    levels: list[Resource | None] = [None, None, None]
    for policy in sorted(policies, key=age_order):
        wanted = match_labels(policy)
        if wanted:
            level = 0 if policy.namespace == namespace != root_namespace and selects(wanted, labels) else None
        elif policy.namespace == root_namespace:
            level = 2
        else:
            level = 1 if policy.namespace == namespace else None
        if level is not None and levels[level] is None:
            levels[level] = policy
    return tuple(policy for policy in levels if policy is not None)


def effective_peer(
    policies: Iterable[Resource],
    *,
    labels: Mapping[str, object],
    namespace: str,
    root_namespace: str,
    port: int | None = None,
) -> PeerMode:
    """The mode of one port of a workload.

    Args:
        policies: PeerAuthentications of at least the workload's namespace and the root namespace.
        labels: the pod's labels.
        namespace: the pod's namespace.
        root_namespace: where mesh-wide policies live.
        port: the port that the server listens on (a Service's target port, never its own); None: without port levels.
    """
    deciding = deciding_policies(policies, labels=labels, namespace=namespace, root_namespace=root_namespace)
    if deciding and port is not None and is_for_workloads(deciding[0]):
        for key, value in mapping(deciding[0].spec.get("portLevelMtls")).items():
            mode = written_mode(value)
            if str(key) == str(port) and mode is not None:
                return PeerMode(mode, deciding[0], ("spec", "portLevelMtls", key, "mode"))
    for policy in deciding:
        mode = written_mode(policy.spec.get("mtls"))
        if mode is not None:
            return PeerMode(mode, policy, ("spec", "mtls", "mode"))
    return PeerMode(MtlsMode.PERMISSIVE)


def server_speaks(mode: MtlsMode, labels: Mapping[str, object]) -> Speaks:
    """What a proxyless server speaks: gRPC cannot do both, so PERMISSIVE is plaintext, or mTLS with the tlsMode label.

    Holds for the default without any PeerAuthentication as well; DISABLE beats the label.
    """
    if mode is MtlsMode.STRICT or (mode is MtlsMode.PERMISSIVE and labels.get(TLS_MODE) == "istio"):
        return Speaks.TLS
    return Speaks.PLAINTEXT
