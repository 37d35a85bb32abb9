"""Meshes from seeds. `python -m differential.generate 7` prints one."""

import json
import sys
from typing import Any

from differential.draw import ROOT, Draw
from differential.draw_gateway_routes import draw_gateway_routes
from differential.draw_policies import draw_policies
from differential.draw_registry import draw_clients, draw_registry
from differential.draw_routes import draw_virtual_services
from differential.mesh import Mesh, Object

_FIRST = -1
"""The wave of settings: istiod lays defaults over objects as they come, and not anew when the settings change."""


def mesh_of(seed: int) -> Mesh:
    """The mesh of a seed."""
    draw = Draw(seed)
    draw_registry(draw)
    draw_clients(draw)
    draw_virtual_services(draw)
    draw_gateway_routes(draw)
    draw_policies(draw)
    shorts = [
        f"{form}:{host.ports[0]}"
        for host in draw.hosts
        if ".svc." in host.name
        for form in (host.name.split(".")[0], ".".join(host.name.split(".")[:2]), ".".join(host.name.split(".")[:3]))
    ]
    return Mesh(
        seed,
        tuple(draw.objects),
        tuple(draw.hosts),
        tuple(draw.clients),
        tuple(draw.servers),
        tuple(dict.fromkeys(shorts)),
    )


def root_of(seed: int) -> list[tuple[int, Object]]:
    """Objects of the root namespace that count for every mesh of a batch; none in a third of the batches."""
    draw = Draw(seed)
    if draw.chance(0.35):
        return []
    if draw.chance(0.35):
        host = draw.one(("*.svc.cluster.local", "*.local", "*"))
        policy = {"tls": {"mode": "ISTIO_MUTUAL"}, "connectionPool": {"http": {"http2MaxRequests": 77}}}
        draw.add("DestinationRule", ROOT, {"host": host, "trafficPolicy": policy}, name="root-wild")
    if draw.chance(0.35):
        hosts = draw.one((["./*"], ["*/*"], ["istio-system/*"], ["~/*"]))
        draw.add("Sidecar", ROOT, {"egress": [{"hosts": hosts}]}, name="root-sc")
    if draw.chance(0.4):
        mode = draw.one(("STRICT", "PERMISSIVE", "DISABLE"))
        draw.add("PeerAuthentication", ROOT, {"mtls": {"mode": mode}}, version="security.istio.io/v1", name="root-m")
    if draw.chance(0.15):
        rules = [{"to": [{"operation": {"paths": ["/echo.Echo/Say"]}}]}]
        spec = {"action": draw.one(("ALLOW", "DENY")), "rules": rules}
        draw.add("AuthorizationPolicy", ROOT, spec, version="security.istio.io/v1", name="root-auth")
    if draw.chance(0.35):
        _mesh_config(draw)
    return draw.objects


def _mesh_config(draw: Draw) -> None:
    """Settings of the mesh that change what is sent, as Istio's ConfigMap holds them (JSON, which is YAML)."""
    exports = ("defaultServiceExportTo", "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo")
    settings: dict[str, Any] = {key: [draw.one((".", "*"))] for key in exports if draw.chance(0.5)}
    if draw.chance(0.5):
        settings["defaultHttpRetryPolicy"] = draw.one(({"attempts": 0}, {"attempts": 3, "retryOn": "cancelled"}))
    made = draw.add("ConfigMap", ROOT, None, version="v1", name="istio", data={"mesh": json.dumps(settings)})
    draw.objects[-1] = (_FIRST, made)


if __name__ == "__main__":
    print(json.dumps(mesh_of(int(sys.argv[1])).plain(), indent=1))
