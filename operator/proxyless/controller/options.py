"""Flags and environment of an operator replica, read once at the start."""

import argparse
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from proxyless.adapters.flags import env, own_namespace, tcp_port
from proxyless.adapters.leases import DURATION
from proxyless.adapters.watch import RELIST, RETRY


@dataclass(slots=True, frozen=True, kw_only=True)
class Options:
    """What a replica is told."""

    namespace: str
    """The operator's own, where its Lease is."""
    lease: str = "proxyless-operator"
    identity: str
    lease_duration: float = DURATION
    """Seconds."""
    health_host: str = ""
    """Address to listen on, empty: all."""
    health_port: int = 8080
    relist: float = RELIST
    """Seconds between full lists."""
    retry: float = RETRY
    """Seconds between tries of what could not be read."""
    log_level: str = "INFO"
    remove_conditions: bool = False
    """Remove our conditions from all resources and end, instead of running."""


def read(argv: Sequence[str] | None = None) -> Options:
    """Options from the command line, else from the environment, else defaults. Exits with 2 on a usage error."""
    parser = argparse.ArgumentParser(
        prog="proxyless run operator",
        description="Operator: keeps the condition ProxylessReady on Istio resources and the status of ProxylessMesh and "
        "ProxylessPolicy current. Finds the cluster through KUBECONFIG or the pod's ServiceAccount. Flags take precedence over PROXYLESS_* variables.",
    )
    add = parser.add_argument
    add("--namespace", default=own_namespace(), help="namespace of the Lease (the pod's own, else proxyless-system)")
    add("--lease", default=env("LEASE", "proxyless-operator"), help="name of the Lease (proxyless-operator)")
    add(
        "--lease-duration",
        type=_seconds,
        default=env("LEASE_DURATION", str(DURATION)),
        metavar="SECONDS",
        help=f"seconds after which another replica replaces a silent writer, at least 1 ({DURATION:g})",
    )
    add("--identity", default=env("IDENTITY", _identity()), help="name of this replica (host name and a random part)")
    add("--health-host", default=env("HEALTH_HOST", ""), help="address for probes and metrics (all)")
    add(
        "--health-port",
        type=tcp_port,
        default=env("HEALTH_PORT", "8080"),
        help="plain HTTP port for probes and metrics (8080)",
    )
    add(
        "--relist",
        type=_seconds,
        default=env("RELIST", str(RELIST)),
        metavar="SECONDS",
        help=f"seconds between full lists ({RELIST:g})",
    )
    add(
        "--retry",
        type=_seconds,
        default=env("RETRY", str(RETRY)),
        metavar="SECONDS",
        help=f"seconds between tries of kinds that could not be read ({RETRY:g})",
    )
    add("--log-level", default=env("LOG_LEVEL", "INFO"), choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    add(
        "--remove-conditions",
        action="store_true",
        help="remove the condition ProxylessReady from all Istio resources and exit; for uninstalling, once the operator is stopped",
    )
    return Options(**vars(parser.parse_args(argv)))


def _identity() -> str:
    return f"{socket.gethostname()}_{secrets.token_hex(4)}"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not 0.1 <= seconds <= 86400:  # noqa: PLR2004  a day
        raise argparse.ArgumentTypeError(f"{text} seconds: expected 0.1 to 86400")
    return seconds
