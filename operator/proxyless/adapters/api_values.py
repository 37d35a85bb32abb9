"""Values that the client of the Kubernetes API hands out. Called by ``cluster`` and by whoever asks it; does no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, frozen=True)
class Served:
    """How the API server serves a kind."""

    group: str
    version: str
    plural: str
    namespaced: bool

    @property
    def name(self) -> str:
        """As RBAC and kubectl name it, ``virtualservices.networking.istio.io``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """URL path of a list, or of one object."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        tail = "".join(f"/{part}" for part in (name, subresource) if part)
        return f"{root}{inside}/{self.plural}{tail}"


@dataclass(slots=True, frozen=True)
class Listing:
    """All objects of a kind at one moment."""

    bodies: list[dict[str, Any]]
    version: int
    """The list's resourceVersion, 0 where it is no number."""


@dataclass(slots=True, frozen=True)
class PagedListing:
    """All objects of a kind at one moment, of which one page at a time is held."""

    bodies: Iterator[dict[str, Any]]
    """Read as they are asked for, once; raises ClusterError where a page cannot be read."""
    version: int
    """The list's resourceVersion, 0 where it is no number."""


@dataclass(slots=True, frozen=True)
class ApiCredentials:
    """Address and credentials for another client (Kopf's)."""

    server: str
    ca_path: str | None
    certificate_path: str | None
    key_path: str | None
    authorization: str | None
    """Value of the header, ``Bearer ...``."""
    verify: bool
