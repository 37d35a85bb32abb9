"""``proxyless xds``: what istiod sends a proxyless workload for some targets, decoded. Needs the extra ``xds``."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proxyless.cli import exits
from proxyless.errors import InputError

_LAST_PORT = 65535


def arguments(parser: ArgumentParser) -> None:
    """Where istiod is, in whose place to ask, and for what."""
    parser.add_argument(
        "--istiod", required=True, metavar="HOST:PORT", help="15010 is plaintext; 15012 TLS, with --root-cert"
    )
    parser.add_argument(
        "--namespace", "-n", required=True, help="namespace of the workload on whose behalf istiod is asked"
    )
    parser.add_argument(
        "--labels",
        "-l",
        type=_label,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="label of the workload; may be repeated",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="target as written after xds:///, with the full host name; may be repeated",
    )
    parser.add_argument("--server-port", type=_port, metavar="PORT", help="also print what a server on this port gets")
    parser.add_argument("--server-ip", default="0.0.0.0", metavar="IP", help="address the server listens on")  # noqa: S104  a name in xDS, nothing listens
    parser.add_argument("--ip", default="127.0.0.1", help="IP of the workload's pod; istiod needs it to find a server")
    parser.add_argument("--service-account", default="default")
    parser.add_argument("--domain", default="cluster.local", help="DNS domain of the cluster")
    parser.add_argument("--cluster", default="Kubernetes", help="name of the cluster in istiod")
    parser.add_argument(
        "--root-cert", type=Path, metavar="FILE", help="use TLS and check istiod's certificate against these"
    )
    parser.add_argument("--cert", type=Path, metavar="FILE", help="certificate of a workload")
    parser.add_argument("--key", type=Path, metavar="FILE", help="private key of that certificate")
    parser.add_argument(
        "--token", type=Path, metavar="FILE", help="token with audience istio-ca, in place of a certificate"
    )
    parser.add_argument(
        "--server-name", default="", metavar="NAME", help="name in istiod's certificate, if it differs from the address"
    )
    parser.add_argument(
        "--timeout", type=float, default=5.0, metavar="SECONDS", help="seconds to wait for each answer (default: 5)"
    )
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print what came; exit code 1 where something that was asked for never came."""
    given = parser.parse_args(argv)
    if not given.target and given.server_port is None:
        parser.error("name at least one --target, or a --server-port")
    seen = _observe(given)
    print(_text(seen.plain(), given.output), end="")
    for name in seen.missing:
        print(f"proxyless: istiod never sent {name}", file=sys.stderr)
    return exits.FINDINGS if seen.missing else exits.CLEAN


def _observe(given: Namespace) -> Any:
    try:
        from proxyless.adapters.ads import Observer  # noqa: PLC0415  gRPC is an extra
        from proxyless.adapters.ads_node import Proof, XdsNode  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            f"this command needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})"
        ) from error
    node = XdsNode(
        given.namespace, ip=given.ip, labels=dict(given.labels), service_account=given.service_account,
        cluster=given.cluster, domain=given.domain,
    )  # fmt: skip
    proof = Proof(given.root_cert, given.cert, given.key, given.token, given.server_name)
    with Observer(given.istiod, node, proof, timeout=given.timeout) as observer:
        return observer.observe(
            given.target, server=f"{given.server_ip}:{given.server_port}" if given.server_port else ""
        )


def _text(value: dict[str, Any], output: str) -> str:
    if output == "json":
        return json.dumps(value, indent=2) + "\n"
    import yaml  # noqa: PLC0415  only for this output

    return str(yaml.safe_dump(value, sort_keys=False, width=120))


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ArgumentTypeError(f"{text!r} is no label; write KEY=VALUE")
    return key, value


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= _LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port number")
    return int(text)
