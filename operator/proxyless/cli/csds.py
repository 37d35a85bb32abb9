"""``proxyless csds``: what a running application took from istiod, and with which library. Needs the extra ``xds``."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from proxyless.cli import exits
from proxyless.errors import InputError
from proxyless.report.wording import clean


def arguments(parser: ArgumentParser) -> None:
    """Where the application is."""
    parser.add_argument(
        "address",
        metavar="HOST:PORT",
        help="plaintext port of the application's gRPC admin services, e.g. by kubectl port-forward",
    )
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="default: 5")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print what it says; 1 where it rejected or never got something, 3 where it has no xDS client."""
    given = parser.parse_args(argv)
    try:
        from proxyless.adapters import csds  # noqa: PLC0415  gRPC is an extra
    except ImportError as error:
        raise InputError(
            f"this command needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})"
        ) from error
    found = csds.ask(given.address, timeout=given.timeout)
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
