"""Flags and environment of a webhook replica, read once at the start."""

import argparse
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proxyless.process.flags import flag, switch, tcp_port
from proxyless.process.options import ProcessOptions, parser_for
from proxyless.webhook import bounds
from proxyless.webhook.bounds import DEFAULTS, Bounds
from proxyless.webhook.rotation import CertificateObjects


@dataclass(slots=True, frozen=True, kw_only=True)
class Options(ProcessOptions):
    """Options of one webhook replica."""

    host: str = ""
    """Address to listen on, empty: all."""
    port: int = 9443
    place: CertificateObjects
    cert_dir: Path | None = None
    watch: bool = True
    """Whether to watch the cluster, for rules that need more than the reviewed object."""
    events: bool = True
    """Whether to write an Event where a pod asked for the agent and does not get it."""
    quiet: float = 2
    """Seconds between failing readiness and refusing connections at shutdown."""
    client_ca: Path | None = None
    """Authorities of the clients that are let in; None: any client."""
    bounds: Bounds = DEFAULTS


def read(argv: Sequence[str] | None = None) -> Options:
    """Options from the command line, else from the environment, else defaults. Exits with 2 on a usage error."""
    parser = parser_for("webhook", "Admission webhook: injects pods, checks Istio resources on apply.")
    flag(parser, "port", 9443, "TLS port for reviews", type=tcp_port)
    flag(parser, "service", "proxyless-webhook", "Service in front of the replicas")
    flag(parser, "secret", "proxyless-webhook-ca", "Secret of the certificate authority")
    flag(parser, "cert-dir", "", "writable folder for the serving certificate (a fresh temporary one)", type=Path)
    flag(
        parser,
        "url-mode",
        "",
        "run outside the cluster: listen there only (several processes may share it) and have our webhook configurations call it",
        type=_endpoint,
        metavar="HOST:PORT",
    )
    switch(parser, "no-watch", "do not watch the cluster; judge each request on its own")
    switch(parser, "no-events", "write no Events about pods that asked for the agent and did not get it")
    flag(parser, "quiet", 2, "seconds to keep serving after SIGTERM", type=float, metavar="SECONDS")
    flag(
        parser,
        "client-ca",
        "",
        "let in only clients with a certificate of an authority in this PEM file; probes and metrics need none (any client)",
        type=Path,
        metavar="FILE",
    )
    bounds.add_arguments(parser)
    parsed = parser.parse_args(argv)
    return _options(parsed, bounds.given(parsed, parser))


def _options(given: argparse.Namespace, limits: Bounds) -> Options:
    service = f"{given.service}.{given.namespace}"
    names = (f"{service}.svc", service, f"{service}.svc.cluster.local")
    host, port = given.url_mode or ("", given.port)
    place = CertificateObjects(
        namespace=given.namespace,
        secret=given.secret,
        mutating=tuple(given.mutating_config),
        validating=tuple(given.validating_config),
        names=(*names, host) if host else names,
        url=f"https://{host}:{port}" if host else "",
    )
    return Options(
        host=host,
        port=port,
        namespace=given.namespace,
        health_host=given.health_host or host,
        health_port=given.health_port,
        place=place,
        cert_dir=_file(given.cert_dir),
        client_ca=_file(given.client_ca),
        bounds=limits,
        watch=not given.no_watch,
        events=not given.no_events,
        quiet=given.quiet,
        log_level=given.log_level,
        log_format=given.log_format,
    )


def _file(given: Path) -> Path | None:
    """None for the empty default."""
    return given if str(given) not in ("", ".") else None


def _endpoint(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected an IPv4 address and a port, such as 127.0.0.1:9443"
        ) from None
    return host, tcp_port(port)
