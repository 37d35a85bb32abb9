"""Flags and environment of an operator replica, read once at the start."""

import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from proxyless.adapters.leases import DURATION
from proxyless.adapters.watch import RELIST, RETRY
from proxyless.process.flags import env, flag, seconds
from proxyless.process.options import ProcessOptions, parser_for


@dataclass(slots=True, frozen=True, kw_only=True)
class Options(ProcessOptions):
    """Options of one operator replica."""

    lease: str = "proxyless-operator"
    identity: str
    lease_duration: float = DURATION
    """Seconds."""
    relist: float = RELIST
    """Seconds between full lists."""
    retry: float = RETRY
    """Seconds between tries of what could not be read."""
    remove_conditions: bool = False
    """Remove our conditions from all resources and end, instead of running."""


def read(argv: Sequence[str] | None = None) -> Options:
    """Options from the command line, else from the environment, else defaults. Exits with 2 on a usage error."""
    parser = parser_for(
        "operator",
        "Operator: keeps the condition ProxylessReady on Istio resources and the status of ProxylessMesh and "
        "ProxylessPolicy current.",
    )
    times = {"type": seconds, "metavar": "SECONDS"}
    identity = f"{socket.gethostname()}_{secrets.token_hex(4)}"
    flag(parser, "lease", "proxyless-operator", "name of the Lease")
    flag(
        parser,
        "lease-duration",
        f"{DURATION:g}",
        "seconds after which another replica replaces a silent writer, at least 1",
        **times,
    )
    parser.add_argument(
        "--identity", default=env("IDENTITY", identity), help="name of this replica (host name and a random part)"
    )
    flag(parser, "relist", f"{RELIST:g}", "seconds between full lists", **times)
    flag(parser, "retry", f"{RETRY:g}", "seconds until kinds that could not be read are tried again", **times)
    parser.add_argument(
        "--remove-conditions",
        action="store_true",
        help="remove the condition ProxylessReady from all Istio resources and exit; for uninstalling, once the operator is stopped",
    )
    return Options(**vars(parser.parse_args(argv)))
