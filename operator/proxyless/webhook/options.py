"""Flags and environment of a webhook replica, read once at the start."""

import argparse
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proxyless.adapters.flags import env, own_namespace, tcp_port
from proxyless.webhook import bounds
from proxyless.webhook.bounds import DEFAULTS, Bounds
from proxyless.webhook.rotation import CertificateObjects


@dataclass(slots=True, frozen=True, kw_only=True)
class Options:
    """What a replica is told."""

    host: str = ""
    """Address to listen on, empty: all."""
    port: int = 9443
    health_host: str = ""
    health_port: int = 8080
    place: CertificateObjects
    cert_dir: Path | None = None
    watch: bool = True
    """Whether to watch the cluster, for rules that need more than the reviewed object."""
    events: bool = True
    """Whether to write an Event where a pod asked for the agent and does not get it."""
    quiet: float = 2
    """Seconds between failing readiness and refusing connections at shutdown."""
    log_level: str = "INFO"
    client_ca: Path | None = None
    """Authorities of the clients that are let in; None: any client."""
    bounds: Bounds = DEFAULTS


def read(argv: Sequence[str] | None = None) -> Options:
    """Options from the command line, else from the environment, else defaults. Exits with 2 on a usage error."""
    parser = argparse.ArgumentParser(
        prog="proxyless run webhook",
        description="Admission webhook: injects pods, checks Istio resources on apply. Flags take precedence over PROXYLESS_* variables.",
    )
    add = parser.add_argument
    add("--port", type=tcp_port, default=env("PORT", "9443"), help="TLS port for reviews (9443)")
    add(
        "--health-port",
        type=tcp_port,
        default=env("HEALTH_PORT", "8080"),
        help="plain HTTP port for probes and metrics (8080)",
    )
    add(
        "--namespace",
        default=own_namespace(),
        help="namespace of the Service and the Secret (the pod's own, else proxyless-system)",
    )
    add(
        "--service",
        default=env("SERVICE", "proxyless-webhook"),
        help="Service in front of the replicas (proxyless-webhook)",
    )
    add(
        "--secret",
        default=env("SECRET", "proxyless-webhook-ca"),
        help="Secret of the certificate authority (proxyless-webhook-ca)",
    )
    add(
        "--mutating-config",
        action="append",
        metavar="NAME",
        help="mutating webhook configuration whose caBundle is kept current (a-proxyless-injector)",
    )
    add(
        "--validating-config",
        action="append",
        metavar="NAME",
        help="validating webhook configuration whose caBundle is kept current (proxyless-validator)",
    )
    add(
        "--cert-dir",
        type=Path,
        default=env("CERT_DIR", ""),
        help="writable folder for the serving certificate (a fresh temporary one)",
    )
    add(
        "--url-mode",
        type=_endpoint,
        default=env("URL_MODE", ""),
        metavar="HOST:PORT",
        help="run outside the cluster: listen there only (several processes may share it) and have our webhook configurations call it",
    )
    add(
        "--no-watch",
        action="store_true",
        default=env("NO_WATCH", "") == "true",
        help="do not watch the cluster; judge each request on its own",
    )
    add(
        "--no-events",
        action="store_true",
        default=env("NO_EVENTS", "") == "true",
        help="write no Events about pods that asked for the agent and did not get it",
    )
    add(
        "--quiet",
        type=float,
        default=env("QUIET", "2"),
        metavar="SECONDS",
        help="seconds to keep serving after SIGTERM (2)",
    )
    add(
        "--client-ca",
        type=Path,
        default=env("CLIENT_CA", ""),
        metavar="FILE",
        help="let in only clients with a certificate of an authority in this PEM file; probes and metrics stay free (any client)",
    )
    add("--log-level", default=env("LOG_LEVEL", "INFO"), choices=("DEBUG", "INFO", "WARNING", "ERROR"))
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
        mutating=tuple(given.mutating_config or ("a-proxyless-injector",)),
        validating=tuple(given.validating_config or ("proxyless-validator",)),
        names=(*names, host) if host else names,
        url=f"https://{host}:{port}" if host else "",
    )
    return Options(
        host=host,
        port=port,
        health_host=host,
        health_port=given.health_port,
        place=place,
        cert_dir=_file(given.cert_dir),
        client_ca=_file(given.client_ca),
        bounds=limits,
        watch=not given.no_watch,
        events=not given.no_events,
        quiet=given.quiet,
        log_level=given.log_level,
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
