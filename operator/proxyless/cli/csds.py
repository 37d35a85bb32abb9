"""``proxyless csds``: what a running application took from istiod, and with which library. Needs the extra ``xds``."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from proxyless.cli import exits, in_cluster, workload_names
from proxyless.cli.argument_values import port_argument
from proxyless.errors import InputError
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from proxyless.adapters.csds import XdsClientStatus


def arguments(parser: ArgumentParser) -> None:
    """Where the application is."""
    add = parser.add_argument
    add(
        "application",
        metavar="WORKLOAD|HOST:PORT",
        help=f"a workload of the cluster, {workload_names.FORM}, whose pod is found and reached through the API server; or the "
        "plaintext address of gRPC's admin services",
    )
    add(
        "--port",
        type=port_argument,
        default=0,
        metavar="PORT",
        help="their port in the pod; default: ports that it declares are tried",
    )
    add("--namespace", "-n", default="", help="namespace of WORKLOAD; default: any")
    in_cluster.arguments(parser)
    add("--timeout", type=float, default=5.0, metavar="SECONDS", help="default: 5")
    add("--format", choices=("text", "json"), default="text", help="default: text")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print what it says; 1 where it rejected or never got something, 3 where it has no xDS client."""
    given = parser.parse_args(argv)
    try:
        from proxyless.adapters import csds  # noqa: PLC0415  gRPC is an extra
    except ImportError as error:
        raise InputError(
            f"this command needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})"
        ) from error
    found = csds.ask(given.application, timeout=given.timeout) if _is_address(given.application) else _of_pod(given)
    if given.format == "json":
        print(json.dumps([_plain(item) for item in found], indent=2))
    else:
        print("".join(_text(item) for item in found), end="")
    if not found:
        print(
            "the application has opened no xDS client yet: nothing dials xds:/// and nothing serves by it",
            file=sys.stderr,
        )
        return exits.NOTHING_READ
    return exits.FINDINGS if any(one.state in csds.BAD for item in found for one in item.resources) else exits.CLEAN


def _is_address(word: str) -> bool:
    return word.startswith("unix:") or (":" in word and "/" not in word)


def _of_pod(given: Namespace) -> "tuple[XdsClientStatus, ...]":
    with in_cluster.connected(given) as cluster:
        from proxyless.adapters import admin_port  # noqa: PLC0415  the API client is an extra

        chosen = in_cluster.running(cluster, given.application, given.namespace)
        told = admin_port.ask(cluster, chosen.pod, given.port, timeout=given.timeout)
        print(f"note: {in_cluster.name_of(chosen.pod)} port {told.port}", file=sys.stderr)
        return told.applications


def _text(item: Any) -> str:
    scope = f" {item.scope}" if item.scope else ""
    lines = [f"{_name(item.client)}  {item.node}{scope} ({item.agent})"]
    lines += [
        f"  {one.state:14} {one.kind} {one.name}" + (f": {one.error}" if one.error else "") for one in item.resources
    ]
    return "".join(f"{clean(line)}\n" for line in lines)


def _plain(item: Any) -> dict[str, Any]:
    resources = [one._asdict() for one in item.resources]
    return {
        "client": _name(item.client),
        "agent": item.agent,
        "node": item.node,
        "scope": item.scope,
        "resources": resources,
    }


def _name(client: Any) -> str:
    """As ``--client`` of lint takes it."""
    if client.language is None:
        return "grpc"
    return f"{client.language.value}={client.version}" if client.version else str(client.language.value)
