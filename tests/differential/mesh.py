"""The value `Mesh`: what is put into the cluster and who is asked about what. Pure.

The names in it are those of slot 0; `moved` gives it the names and addresses of another slot, `home` brings an answer back.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

Object = dict[str, Any]
ROOT_SPACE = "istio-system"
_SPACE = re.compile(r"\bx(\d+)(?=[-.])")
_ADDRESS = re.compile(r"\b10\.64\.0\.(\d+)\b")
ADDRESSES = 30_000
"""Groups of addresses before they are used again: istiod keeps endpoints of what was removed for a while."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the registry that clients are asked about."""

    name: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A proxyless workload that asks; no object of the cluster."""

    namespace: str
    name: str
    labels: dict[str, str]
    address: str

    @property
    def key(self) -> str:
        """As facts call it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Server:
    """A Pod that listens."""

    namespace: str
    name: str
    labels: dict[str, str]
    address: str
    account: str
    ports: tuple[int, ...]
    """What it is asked about: what its containers declare, and what they do not."""

    @property
    def key(self) -> str:
        """As facts call it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Mesh:
    """One mesh: objects in waves, clients, servers, hosts, names beside the hosts that are dialed."""

    seed: int
    objects: tuple[tuple[int, Object], ...]
    hosts: tuple[Host, ...]
    clients: tuple[Client, ...]
    servers: tuple[Server, ...]
    shorts: tuple[str, ...] = field(default=())
    name: str = ""
    """Of a mesh that a person wrote; empty: drawn from its seed."""

    @property
    def targets(self) -> list[str]:
        """`host:port` that every client is asked about."""
        return [f"{host.name}:{port}" for host in self.hosts for port in host.ports]

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """From JSON values."""
        return cls(
            seed=plain["seed"],
            objects=tuple((wave, item) for wave, item in plain["objects"]),
            hosts=tuple(Host(item["name"], tuple(item["ports"])) for item in plain["hosts"]),
            clients=tuple(Client(**item) for item in plain["clients"]),
            servers=tuple(Server(**{**item, "ports": tuple(item["ports"])}) for item in plain["servers"]),
            shorts=tuple(plain["shorts"]),
            name=plain.get("name", ""),
        )

    def with_objects(self, objects: Sequence[tuple[int, Object]]) -> "Mesh":
        """The same questions about other objects."""
        return replace(self, objects=tuple(objects))


def moved(mesh: Mesh, slot: int, group: int) -> Mesh:
    """The same mesh with the names of a slot and the addresses of a group."""
    group %= ADDRESSES
    text = _SPACE.sub(f"x{slot}", json.dumps(mesh.plain()))
    return Mesh.of(json.loads(_ADDRESS.sub(rf"10.{64 + group // 250}.{group % 250}.\1", text)))


def home(answer: Any, group: int) -> Any:
    """An answer about a moved mesh with the names and addresses of slot 0."""
    group %= ADDRESSES
    text = _SPACE.sub("x0", json.dumps(answer))
    return json.loads(re.sub(rf"\b10\.{64 + group // 250}\.{group % 250}\.(\d+)\b", r"10.64.0.\1", text))
