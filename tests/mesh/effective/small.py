"""A small mesh to start from: Service ``shop/echo`` with port 7070 and one pod behind it."""

from typing import Any

from mesh.objects import thing
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.options import MeshOptions
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot

HOST = "echo.shop.svc.cluster.local"


def mesh_of(*objects: Resource, complete: tuple[str, ...] = (), **options: Any) -> Mesh:
    """The model of some objects, as read from a file."""
    return Mesh(Snapshot(objects, complete=complete), MeshOptions(**options))


def pod(app: str, *, namespace: str = "shop", **labels: str) -> Resource:
    """A pod with the label ``app`` and some more."""
    container = {"name": "app", "ports": [{"containerPort": 7070, "name": "main"}]}
    return thing("Pod", app, {"containers": [container]}, namespace=namespace, labels={"app": app, **labels})


def echo(**metadata: Any) -> tuple[Resource, ...]:
    """The Service and its pod; ``metadata`` is the Service's."""
    ports = [{"name": "grpc", "port": 7070}]
    return thing("Service", "echo", {"selector": {"app": "echo"}, "ports": ports}, **metadata), pod("echo")


def peer(mode: str) -> Resource:
    """A PeerAuthentication for the whole namespace."""
    return thing("PeerAuthentication", "default", {"mtls": {"mode": mode}})


def rule(**spec: Any) -> Resource:
    """A DestinationRule for the Service."""
    return thing("DestinationRule", "echo", {"host": HOST, **spec})


def route(*destinations: dict[str, Any], name: str = "echo", **http: Any) -> Resource:
    """A VirtualService with one route to the Service; ``http`` is the route's."""
    entries = [{"destination": {"host": HOST, **item}, "weight": 1} for item in destinations]
    return thing("VirtualService", name, {"hosts": [HOST], "http": [{"route": entries, **http}]})
