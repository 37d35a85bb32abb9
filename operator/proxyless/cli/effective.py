"""``proxyless effective [PATH...] [CLIENT]``: what istiod sends clients and servers, and what happens to calls between them."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from proxyless.adapters.files import read_paths
from proxyless.adapters.folders import STDIN, SUFFIXES
from proxyless.adapters.reading import Reading
from proxyless.cli import exits, other_parties, workload_names
from proxyless.cli.argument_values import check_sources, cluster_arguments, version_argument
from proxyless.cli.input_summary import input_notes, last_counts
from proxyless.cli.lint import own_kinds
from proxyless.errors import InputError
from proxyless.lint.in_effect import KINDS, enforces, mesh_of, party_now
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.running import lacking
from proxyless.lint.world import World
from proxyless.mesh.effective.call_ends import Sides, account_of
from proxyless.mesh.effective.client import ClientClass
from proxyless.mesh.effective.endpoints import endpoints_of
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.workload import Workload, dialed
from proxyless.report import effective_text, effective_v1, text
from proxyless.report.wording import clean

_MANY = 50_000
"""Targets in one answer, beyond which nobody reads them all: a large mesh has millions."""


def arguments(parser: ArgumentParser) -> None:
    """Declares the input, the client and the output format."""
    add = parser.add_argument
    add("path", nargs="*", metavar="PATH", help="files, folders or - for standard input; last of all a CLIENT")
    cluster_arguments(parser)
    add(
        "--server",
        metavar="WORKLOAD:PORT",
        help=f"show one port of a server instead of clients, {workload_names.FORM}:7070",
    )
    add("--grid", action="store_true", help="a table of clients and hosts, in each cell what happens to the calls")
    add("--format", choices=("text", "json"), default="text", help="default: text")
    add("--istio", type=version_argument, metavar="VERSION", help="Istio release, e.g. 1.31; default: unknown")
    add("--namespace", "-n", default="default", help="namespace for objects without one; default: default")
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")
    parser.epilog = f"CLIENT is a workload, {workload_names.FORM}; without it all proxyless workloads are shown."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Read, ask the model, print. Exit code 2 where something could not be read, 3 where there was nothing to read."""
    given = parser.parse_args(argv)
    if given.grid and given.format == "json":
        parser.error("--grid is a table for people; --format json has the same under targets")
    if given.server and given.grid:
        parser.error("--server shows one server, --grid all of them: give only one")
    paths, client = _split(given.path)
    check_sources(parser, paths=bool(paths), cluster=given.cluster, address=bool(given.kubeconfig or given.context))
    world, problems, reading = _world(given, paths)
    _print(given, world, client, reading)
    for lack in lacking(world).values():
        print(f"note: {clean(lack.sentence)}; proxyless pods lists them", file=sys.stderr)
    for problem in problems:
        print(text.problem(problem), file=sys.stderr)
    mesh = mesh_of(world)
    if mesh.not_given and not given.cluster and reading.total:
        print(f"note: not given, so taken as none: {', '.join(mesh.not_given)}", file=sys.stderr)
    if problems:
        return exits.USAGE
    return exits.CLEAN if reading.total else exits.NOTHING_READ


def _split(words: Sequence[str]) -> tuple[list[str], str]:
    """Paths, and the client: the last word, where it is nothing that can be read and does not look like a file."""
    last = words[-1] if words else STDIN
    if last == STDIN or Path(last).exists() or last.startswith((".", "/", "~")) or last.endswith(SUFFIXES):
        return list(words), ""
    return list(words[:-1]), last


def _world(given: Namespace, paths: Sequence[str]) -> tuple[World, tuple[InputError, ...], Reading]:
    stdin = sys.stdin.buffer if sys.stdin else None
    reading: Reading = read_paths(paths, default_namespace=given.namespace, stdin=stdin)
    for note in (*input_notes(reading), *last_counts(reading)):
        print(clean(f"note: {note}"), file=sys.stderr)
    base = MeshSettings(istio=given.istio, assume_proxyless=given.assume_proxyless)
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs

        live = over_cluster(given, (), reading, KINDS)
        reading = live.reading
        base = base._replace(injector=live.injector)
        for note in live.notes:
            print(f"note: {note}", file=sys.stderr)
    settings, _, problems = own_kinds(reading, base)
    return World(reading.snapshot, settings), (*reading.problems, *problems), reading


def _print(given: Namespace, world: World, name: str, reading: Reading) -> None:
    mesh, fields = mesh_of(world), effective_v1.DecidingFields(told=given.format == "text" and not given.grid)
    if given.server:
        clients, servers = [], [_server(given.server, world, mesh)]
    else:
        chosen = [workload_names.find(name, world.workloads)] if name else list(world.proxyless_workloads)
        note = other_parties.of_client(world, chosen[0]) if name else other_parties.of_all(world)
        if note:
            print(f"note: {note}", file=sys.stderr)
        clients = _clients(world, mesh, chosen, fields)
        servers = list(_behind(mesh, chosen[0]) if name else _all_servers(world, mesh))
    values = effective_v1.document(clients, servers, fields)
    if reading.texts:
        from proxyless.yamltext.lines import places  # noqa: PLC0415  may need PyYAML

        fields.fill(places(fields.wanted(), reading.texts))
    if given.format == "json":
        sys.stdout.write(effective_v1.text(values))
    elif given.grid:
        sys.stdout.write(effective_text.grid(values["clients"], dict(_spoken(mesh))))
    else:
        parts = (effective_text.clients(values["clients"]), effective_text.servers(values["servers"]))
        sys.stdout.write("\n".join(filter(None, parts)))


def _clients(
    world: World, mesh: Mesh, workloads: Sequence[Workload], fields: effective_v1.DecidingFields
) -> list[dict[str, Any]]:
    sides = Sides(lambda workload: party_now(world, workload), lambda workload: enforces(world, workload))
    targets = effective_v1.Targets(mesh, sides, fields)
    told: dict[tuple[ClientClass, str], list[dict[str, Any]]] = {}
    found = []
    addresses = list(_addresses(mesh))
    if len(workloads) > 1 and len(workloads) * len(addresses) > _MANY:
        print(
            f"note: {len(workloads)} clients and {len(addresses)} hosts and ports: only what each client dials is told; "
            "name a CLIENT for all of its hosts",
            file=sys.stderr,
        )
        addresses = []
    for workload in workloads:
        client = mesh.client(workload.namespace, workload.labels)
        key = client, account_of(workload)
        if key not in told:
            told[key] = [targets.of(client, client.target(host, port), key[1]) for host, port in addresses]
        known = {(item["host"], item["port"]) for item in told[key]}
        more = [item for item in _dialed(targets, client, workload) if (item["host"], item["port"]) not in known]
        found.append(effective_v1.client(workload, [*told[key], *more]))
    return found


def _addresses(mesh: Mesh) -> Iterator[tuple[str, int]]:
    """Every host and port that anything registers, found by the client or not."""
    for host in sorted(mesh.registry):
        if not host.startswith("*"):
            for number in sorted({port.number for item in mesh.registry.of(host) for port in item.ports}):
                yield host, number


def _spoken(mesh: Mesh) -> Iterator[tuple[str, str]]:
    """What the servers behind each host and port speak, for the heads of the grid."""
    for host, number in _addresses(mesh):
        servers = (
            mesh.server(endpoint.workload, endpoint.port)
            for item in mesh.registry.of(host)
            if (port := item.port(number)) is not None
            for endpoint in endpoints_of(item, port, mesh.registry, mesh.workloads).items
            if endpoint.workload is not None
        )
        said = {"mTLS" if server.tls else "plaintext" for server in servers}
        yield f"{host}:{number}", " and ".join(sorted(said)) or "not known"


def _dialed(targets: effective_v1.Targets, client: ClientClass, workload: Workload) -> Iterator[dict[str, Any]]:
    """What a client dials by other names, or that nothing registers."""
    for word in dialed(workload):
        target = client.dialed(word)
        if target is not None:
            host = word.rpartition(":")[0]
            yield targets.of(client, target, account_of(workload), dialed="" if host == target.host else host)


def _all_servers(world: World, mesh: Mesh) -> Iterator[Server]:
    for workload in world.proxyless_workloads:
        for port in mesh.servers.ports(workload):
            yield mesh.server(workload, port)


def _behind(mesh: Mesh, workload: Workload) -> Iterator[Server]:
    """Servers that a client's routes lead to, each port once."""
    client = mesh.client(workload.namespace, workload.labels)
    seen: set[tuple[Workload, int]] = set()
    for host, port in _addresses(mesh):
        for name in client.target(host, port).cluster_names:
            for endpoint in client.endpoints(name).items:
                key = (endpoint.workload, endpoint.port) if endpoint.workload is not None else None
                if key is not None and key not in seen:
                    seen.add(key)
                    yield mesh.server(*key)


def _server(word: str, world: World, mesh: Mesh) -> Server:
    name, _, port = word.rpartition(":")
    if not name or not port.isdecimal():
        raise InputError(f"{word!r} is not a server; write WORKLOAD:PORT, e.g. shop/deploy/echo:7070")
    return mesh.server(workload_names.find(name, world.workloads), int(port))
