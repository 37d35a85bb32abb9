"""What all generators of objects share: one source of chance, and the names and addresses of one mesh.

Names are those of slot 0 (`x0-svc`, `echo.x0.example`, `10.64.0.N`); `mesh.moved` gives each mesh others when it is asked.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from differential.mesh import Client, Host, Object, Server

T = TypeVar("T")
SVC, A, B, OTHER = SPACES = ("x0-svc", "x0-a", "x0-b", "x0-oth")
ROOT = "istio-system"
ISTIO = "networking.istio.io/v1"


class Draw:
    """One mesh that is being made. The same seed gives the same mesh."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._limits = 100
        self._addresses = 0
        self.objects: list[tuple[int, Object]] = []
        self.hosts: list[Host] = []
        self.servers: list[Server] = []
        self.clients: list[Client] = []

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random.random() < share

    def one(self, among: Sequence[T]) -> T:
        """One of them, each as likely."""
        return self._random.choice(among)

    def likely(self, among: Mapping[T, int]) -> T:
        """One of them, as likely as its number says."""
        return self._random.choices(list(among), list(among.values()))[0]

    def some(self, among: Sequence[T], least: int = 1, most: int = 2) -> list[T]:
        """A few different ones, in the order of chance."""
        return self._random.sample(among, min(len(among), self._random.randint(least, most)))

    def number(self, least: int, most: int) -> int:
        """From least to most, both included."""
        return self._random.randint(least, most)

    def limit(self) -> int:
        """A `http2MaxRequests` that no other policy of this mesh has: tells in the answer which policy counted."""
        self._limits += 1
        return self._limits

    def address(self) -> str:
        """An address that nothing else in this mesh has."""
        self._addresses += 1
        return f"10.64.0.{self._addresses}"

    def name(self, suffix: str) -> str:
        """A name whose place in the alphabet says nothing about the object's age."""
        return f"{self.one('akmz')}{len(self.objects)}-{suffix}"

    def add(self, kind: str, namespace: str, spec: Any, *, version: str = ISTIO, name: str = "", **more: Any) -> Object:
        """Add an object with a spec; ``more`` goes beside it, ``annotations`` and ``labels`` into its metadata."""
        name = name or self.name(_SUFFIXES.get(kind, kind.lower()))
        if namespace == ROOT and kind != "ConfigMap" and not name.startswith(("x0-", "root-")):
            name = f"x0-{name}"  # all meshes share this namespace
        metadata = {"name": name, "namespace": namespace}
        metadata |= {key: value for key in ("annotations", "labels") if (value := more.pop(key, None))}
        made: Object = {"apiVersion": version, "kind": kind, "metadata": metadata}
        made |= ({} if spec is None else {"spec": spec}) | {
            key: value for key, value in more.items() if value is not None
        }
        self.objects.append((self.wave(), made))
        return made

    def wave(self) -> int:
        """When an object is created: 0 first, 2 last, at least a second between them."""
        return self.likely({0: 60, 1: 20, 2: 20})

    def export(self, *, own: str) -> dict[str, Any]:
        """`exportTo` in each form that istiod tells apart; mostly none."""
        forms: dict[str, int] = {"": 55, "own": 10, "all": 8, "one": 15, "two": 7, "self": 5}
        found = {
            "": None,
            "own": ["."],
            "all": ["*"],
            "one": [self.one(SPACES)],
            "two": [".", self.one([space for space in SPACES if space != own])],
            "self": [own or SVC],
        }[self.likely(forms)]
        return {"exportTo": found} if found else {}


def wildcard_of(host: str) -> str:
    """A wildcard that covers a host; of the mesh's own namespaces only, since all meshes share the root namespace."""
    domain = host.partition(".")[2]
    return f"*.{SVC}.svc.cluster.local" if domain.startswith(ROOT) else f"*.{domain}"


_SUFFIXES = {
    "VirtualService": "vs",
    "DestinationRule": "dr",
    "Sidecar": "sc",
    "ServiceEntry": "se",
    "WorkloadEntry": "we",
}
