"""What both long-running parts take from flags, environment and pod alike: names, ports, their own namespace."""

import os
from argparse import ArgumentTypeError
from pathlib import Path

_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_LAST_PORT = 65535


def env(name: str, default: str) -> str:
    """The variable ``PROXYLESS_NAME``."""
    return os.environ.get(f"PROXYLESS_{name}", default)


def own_namespace() -> str:
    """By variable, else the pod's own, else the one of the manifests."""
    if said := env("NAMESPACE", ""):
        return said
    try:
        return _ACCOUNT_NAMESPACE.read_text().strip() or "proxyless-system"
    except OSError:
        return "proxyless-system"


def tcp_port(text: str) -> int:
    """A TCP port, as argparse wants it."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise ArgumentTypeError(f"{text} is no TCP port")
    return int(text)
