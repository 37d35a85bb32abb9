"""Settings of a mesh that change what istiod sends, as far as they are known. Pure; given to ``Mesh``."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxyless.mesh.istio_settings import MESH_CONFIG
from proxyless.model.record import NamedTuple
from proxyless.model.snapshot import Snapshot

EVERYWHERE = frozenset("*")


class MeshOptions(NamedTuple):
    """What a :class:`~proxyless.mesh.effective.mesh.Mesh` cannot read from single objects."""

    root_namespace: str = "istio-system"
    domain: str = "cluster.local"
    trust_domain: str = "cluster.local"
    service_export: frozenset[str] = EVERYWHERE
    """``defaultServiceExportTo``: for Services and ServiceEntries that name no namespaces."""
    virtual_service_export: frozenset[str] = EVERYWHERE
    """``defaultVirtualServiceExportTo``."""
    destination_rule_export: frozenset[str] = EVERYWHERE
    """``defaultDestinationRuleExportTo``; istiod asks only whether ``.`` is in it."""
    gateway_api: bool = True
    """Whether istiod reads HTTPRoutes and GRPCRoutes whose parent is a Service."""
    retries: Mapping[str, Any] | None = None
    """``defaultHttpRetryPolicy``; None: Istio's own default."""


def with_mesh_config(snapshot: Snapshot, options: MeshOptions) -> MeshOptions:
    """The options with what the snapshot's MeshConfig says of exports and retries."""
    known = snapshot.of_kind(MESH_CONFIG)
    named = snapshot.get(MESH_CONFIG, options.root_namespace, "istio") or (known[0] if len(known) == 1 else None)
    body: Mapping[str, Any] = {} if named is None else named.body
    retries = body.get("defaultHttpRetryPolicy")
    return options._replace(
        service_export=_export(body.get("defaultServiceExportTo"), options.service_export),
        virtual_service_export=_export(body.get("defaultVirtualServiceExportTo"), options.virtual_service_export),
        destination_rule_export=_export(body.get("defaultDestinationRuleExportTo"), options.destination_rule_export),
        retries=retries if isinstance(retries, dict) else options.retries,
    )


def _export(value: object, otherwise: frozenset[str]) -> frozenset[str]:
    """A written list counts, also an empty one; anything else says nothing."""
    return frozenset(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else otherwise
