"""The mesh's settings as rules know them. Made by the front doors; part of each ``World``."""

from typing import Any

from proxyless.mesh.pod.settings import Injectors
from proxyless.mesh.workload import Profile
from proxyless.model.client import Client
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

ENFORCEMENT = "proxyless.dev/enforcement"
"""Namespace label, ``strict`` or ``warn``: declares every workload there proxyless."""
WHO = ("profiles", "declared", "assume_proxyless", "injectors")
"""Settings that tell which workloads are proxyless, and by which library; for indexes."""


class MeshSettings(NamedTuple):
    """The mesh as the caller knows it; from ProxylessMesh, from the command line, or these defaults."""

    istio: Version | None = None
    """Istio's version, None where it is not known."""
    root_namespace: str = "istio-system"
    domain: str = "cluster.local"
    trust_domain: str = "cluster.local"
    hold_default: bool = False
    """``holdApplicationUntilProxyStarts`` in the mesh's default ProxyConfig."""
    discovery: tuple[Any, ...] = ()
    """``discoverySelectors`` of MeshConfig: namespaces that istiod looks at; empty: all."""
    injector: bool = False
    """Whether our own injector is in the cluster, which serves pods that ask for the agent in every namespace."""
    injectors: Injectors = Injectors()
    """How our injector and Istio's are set up."""
    clients: tuple[Client, ...] = ()
    """Libraries that the caller says are in use, beside those that workloads name."""
    profiles: tuple[Profile, ...] = ()
    """What ProxylessPolicies say of workloads; of several that cover one workload the first counts."""
    declared: frozenset[str] = frozenset()
    """Namespaces that the caller knows to be proxyless (admission: the namespace of a strict webhook)."""
    assume_proxyless: bool = False
    """Judge as if every workload that says nothing were proxyless."""
