"""``proxyless xds``: what istiod sends a proxyless workload for some targets, decoded. Needs the extra ``xds``."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxyless.cli import exits, in_cluster, workload_names
from proxyless.cli.argument_values import port_argument
from proxyless.errors import InputError
from proxyless.mesh.workload import dialed
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from proxyless.adapters.ads import Observation


def arguments(parser: ArgumentParser) -> None:
    """Where istiod is, in whose place to ask, and for what."""
    parser.add_argument(
        "workload",
        nargs="?",
        default="",
        metavar="WORKLOAD",
        help=f"a workload of the cluster, {workload_names.FORM}: istiod and a pod are found and reached through the API server",
    )
    in_cluster.arguments(parser)
    parser.add_argument(
        "--istiod",
        default="",
        metavar="HOST:PORT",
        help="istiod by hand: 15010 is plaintext; 15012 TLS, with --root-cert",
    )
    parser.add_argument(
        "--namespace", "-n", default="", help="namespace of WORKLOAD, or on whose behalf istiod is asked by hand"
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
        help="target as written after xds:///, with the full host name; may be repeated; default: what WORKLOAD says that it dials",
    )
    parser.add_argument(
        "--server-port", type=port_argument, metavar="PORT", help="also print what a server on this port gets"
    )
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
    if given.workload and given.istiod:
        parser.error("WORKLOAD finds istiod itself; --istiod is for asking by hand, with --namespace and --labels")
    if given.workload:
        seen = _of_workload(given)
    else:
        _check(parser, given)
        seen = _by_hand(given)
    print(_text(seen.plain(), given.output), end="")
    for name in seen.missing:
        print(f"proxyless: istiod never sent {name}", file=sys.stderr)
    return exits.FINDINGS if seen.missing else exits.CLEAN


def _check(parser: ArgumentParser, given: Namespace) -> None:
    if not (given.istiod and given.namespace):
        parser.error("name a WORKLOAD of the cluster, or give --istiod and --namespace by hand")
    if not given.target and given.server_port is None:
        parser.error("name at least one --target, or a --server-port")


def _needed() -> None:
    """Raises InputError where gRPC, an extra, is not installed."""
    try:
        import proxyless.adapters.ads  # noqa: F401, PLC0415
    except ImportError as error:
        raise InputError(
            f"this command needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})"
        ) from error


def _of_workload(given: Namespace) -> "Observation":
    _needed()
    with in_cluster.connected(given) as cluster:
        from proxyless.adapters import istiods  # noqa: PLC0415  the API client is an extra
        from proxyless.adapters.ads import Observer  # noqa: PLC0415

        chosen = in_cluster.running(cluster, given.workload, given.namespace)
        targets = given.target or list(dialed(chosen.workload))
        if not targets and given.server_port is None:
            raise InputError(
                f"{chosen.workload.ref} names no xds:/// target in its pod template: name one with --target HOST:PORT, "
                "or a port that it serves with --server-port"
            )
        node = istiods.node_of(chosen.pod, given.domain)
        server = f"{given.server_ip}:{given.server_port}" if given.server_port else ""
        found = istiods.find(cluster, node.namespace, chosen.pod)
        with istiods.open_door(cluster, found, found.pods[0], istiods.account_of(chosen.pod)) as door:
            if door.note:
                print(f"note: {clean(door.note)}", file=sys.stderr)
            print(
                f"note: {door.pod}, revision {found.revision}, asked as {in_cluster.name_of(chosen.pod)}",
                file=sys.stderr,
            )
            with Observer(door.address, node, door.proof, timeout=given.timeout) as observer:
                return observer.observe(targets, server=server)


def _by_hand(given: Namespace) -> "Observation":
    _needed()
    from proxyless.adapters.ads import Observer  # noqa: PLC0415  gRPC is an extra
    from proxyless.adapters.ads_node import Proof, XdsNode  # noqa: PLC0415

    node = XdsNode(
        given.namespace, ip=given.ip, labels=dict(given.labels), service_account=given.service_account,
        cluster=given.cluster, domain=given.domain,
    )  # fmt: skip
    proof = Proof.of_files(given.root_cert, given.cert, given.key, given.token, given.server_name)
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
