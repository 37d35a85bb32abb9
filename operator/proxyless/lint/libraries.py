"""Shared wording for rules about a workload's gRPC library: its name, and where its version is written."""

from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath
from proxyless.model.version import Client

_KEYS = ("proxyless.dev/grpc-version", "proxyless.dev/language")


def library(client: Client) -> str:
    """A library as findings name it, ``gRPC Go 1.66.3``."""
    name = f"gRPC {client.language.title}" if client.language is not None else "The gRPC library"
    return f"{name} {client.version}" if client.version is not None else name


def place_of_version(workload: Workload) -> FieldPath:
    """Where the workload says what it uses; the pod template's metadata where a policy says it."""
    for key in _KEYS:
        if key in workload.annotations:
            return workload.metadata_path("annotations", key)
    return (*workload.path, "metadata")
