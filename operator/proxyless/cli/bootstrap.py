"""``proxyless bootstrap FILE|NAMESPACE/POD``: judges a gRPC xDS bootstrap of one's own, field by field.

A file is the bootstrap itself, or manifests of pods that bring one: in a variable, or in a ConfigMap that they mount. For a pod or
workload of a cluster its ConfigMaps are read there.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any

from proxyless.adapters.files import read_paths
from proxyless.adapters.folders import STDIN
from proxyless.cli import exits
from proxyless.cli.argument_values import cluster_arguments, language_argument
from proxyless.cli.inject import surroundings
from proxyless.cli.workload_names import FORM, find, namespace_in
from proxyless.errors import ClusterError, InputError
from proxyless.lint.bootstrap_faults import BootstrapFault, BootstrapReader, faults
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.world import World
from proxyless.mesh.pod.bootstrap import Bootstrap, bootstrap
from proxyless.mesh.pod.pod import Container, Pod, text_of
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.variables import Variable
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.path import show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, resource
from proxyless.report import text
from proxyless.report.wording import clean


class FoundBootstrap(NamedTuple):
    """One bootstrap and who reads it."""

    name: str
    found: Bootstrap
    reader: BootstrapReader


def arguments(parser: ArgumentParser) -> None:
    """Which bootstrap, and who reads it."""
    add = parser.add_argument
    add(
        "name",
        metavar="FILE or NAMESPACE/POD",
        help=f"a bootstrap (JSON), manifests, - for standard input, or of the cluster: {FORM}",
    )
    cluster_arguments(parser)
    add("--namespace", "-n", default="default", help="namespace of a name or object without one; default: default")
    add(
        "--language",
        type=language_argument,
        help="language of the application that reads it; default: as its pod says, else unknown",
    )
    add(
        "--server", action="store_true", help="the application is an xDS server; default: as its pod says, else unknown"
    )
    add("--format", choices=("text", "json"), default="text", help="default: text")
    parser.set_defaults(path=[], filename=[])
    parser.epilog = "Exit code 0: nothing stops calls; 1: something does; 2 and 3 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print what is wrong; exit code 1 where calls fail or are in the clear."""
    given = parser.parse_args(argv)
    found = list(_found(given))
    if not found:
        print(
            f"no bootstrap of its own in {given.name}: the agent writes it, or nobody does; see proxyless why-injected",
            file=sys.stderr,
        )
        return exits.NOTHING_READ
    told = [(item, list(_faults(item))) for item in found]
    if given.format == "json":
        print(json.dumps([_plain(item, listed) for item, listed in told], indent=2))
    else:
        for item, listed in told:
            print("\n".join(map(clean, _lines(item, listed))))
    worst = max((fault.severity for _, listed in told for fault in listed), default=Severity.INFO)
    return exits.FINDINGS if worst > Severity.INFO else exits.CLEAN


def _found(given: Namespace) -> Iterator[FoundBootstrap]:
    is_file = given.name == STDIN or Path(given.name).exists()
    if is_file and (content := _alone(given.name)) is not None:
        reader = BootstrapReader(given.language, True if given.server else None)
        yield FoundBootstrap(given.name, content, reader)
        return
    if not is_file and given.name.endswith((".json", ".yaml", ".yml")):
        raise InputError("no such file; give one that is there, or a workload of the cluster", where=given.name)
    given.filename = [given.name] if is_file else []
    given.cluster = given.cluster or not is_file
    own = read_paths(given.filename, default_namespace=given.namespace)
    for problem in own.problems:
        raise InputError(text.problem(problem))
    snapshot = surroundings(given, own, ()).snapshot
    world = World(snapshot, MeshSettings())
    if is_file:
        workloads = [item for each in own.snapshot if (item := world.workload(each)) is not None]
    else:
        named = find(given.name, world.workloads, namespace_in(given.name) or given.namespace)
        world = World(snapshot.overlay(*_maps_of(given, named)), MeshSettings())
        workloads = [item for item in [world.workload(named.resource)] if item is not None]
    for workload in workloads:
        yield from _of_workload(given, workload, world)


def _maps_of(given: Namespace, workload: Workload) -> Iterator[Resource]:
    """The ConfigMaps of a cluster that a pod mounts or takes variables from; those that are missing or secret are left out."""
    from proxyless.adapters.cluster import KubernetesApi  # noqa: PLC0415  after the cluster was reached

    cluster = KubernetesApi.connect(given.kubeconfig, given.context)
    try:
        for name in config_maps(workload.pod):
            try:
                body = cluster.request("GET", f"/api/v1/namespaces/{workload.namespace}/configmaps/{name}")
            except ClusterError as error:
                if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
                    raise
                print(clean(f"note: ConfigMap {workload.namespace}/{name} was not read: {error}"), file=sys.stderr)
                continue
            if (found := resource(body)) is not None:
                yield found
    finally:
        cluster.close()


def config_maps(pod: Pod) -> list[str]:
    """Names of the ConfigMaps that a pod refers to."""
    found: dict[str, None] = {}
    holders: list[object] = [pod.raw.get("spec")]
    while holders:
        holder = holders.pop()
        if isinstance(holder, dict):
            for key in ("configMap", "configMapRef", "configMapKeyRef"):
                name = mapping(holder.get(key)).get("name")
                if isinstance(name, str) and name:
                    found[name] = None
        holders += holder.values() if isinstance(holder, dict) else holder if isinstance(holder, list) else ()
    return sorted(found)


def _alone(name: str) -> Bootstrap | None:
    """A file or standard input that is a bootstrap itself; None: it is something else.

    Raises:
        InputError: it cannot be read.
    """
    try:
        words = (
            sys.stdin.read()
            if name == STDIN
            else Path(name).read_text(encoding="utf-8-sig")
            if Path(name).is_file()
            else ""
        )
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=name) from error
    try:
        value = json.loads(words)
    except (ValueError, RecursionError) as error:
        if name == STDIN or ('"xds_servers"' in words and words.lstrip().startswith("{")):
            place = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            raise InputError(
                f"no JSON, so that no library can read it: {error}", where=name, line=place[0], column=place[1]
            ) from error
        return None
    if not isinstance(value, dict) or "apiVersion" in value:
        return None
    return Bootstrap(
        Variable("", words, (), source=Source("settings")), name, mounted=True, text=words, source=Source("settings")
    )


def _of_workload(given: Namespace, workload: Workload, world: World) -> Iterator[FoundBootstrap]:
    application = world.application_of(workload)
    client = world.client_of(workload)
    for container in workload.pod.apps:
        found = bootstrap(container)
        if found is None:
            continue
        name = f"{workload.ref} container {container.name}"
        if found.text is None:
            raise InputError(
                f"{name} reads {found.file}, whose text is in no ConfigMap that is known; give the file itself"
            )
        serves = True if given.server else application.serves
        reader = BootstrapReader(given.language or client.language, serves, workload.namespace, _mounts(container))
        yield FoundBootstrap(name, found, reader)


def _mounts(container: Container) -> Any:
    folders = [PurePosixPath(folder) for mount in container.mounts if (folder := text_of(mount.get("mountPath")))]
    return lambda file: any(PurePosixPath(file).is_relative_to(folder) for folder in folders)


def _faults(item: FoundBootstrap) -> Iterator[BootstrapFault]:
    content = item.found.content
    if content is None:
        yield BootstrapFault(
            "json", (), "is no JSON mapping: no channel of the scheme xds can be made", "Write it as JSON."
        )
        return
    yield from faults(content, item.found.plane, item.found.uri, item.reader)


def _lines(item: FoundBootstrap, listed: Sequence[BootstrapFault]) -> Iterator[str]:
    where = f" ({item.found.source})" if item.found.source.path else ""
    yield f"{item.name}{where}: server {item.found.uri or 'none'}, {_PLANES[item.found.plane]}"
    for fault in listed:
        yield f"  {fault.severity.word:8}{show(fault.path)}: the bootstrap {fault.said}."
        if fault.applies:
            yield f"          Applies if {fault.applies}."
        yield f"          fix: {fault.remedy}"
    if not listed:
        yield "  nothing is wrong with it"


_PLANES = {
    "istiod": "istiod",
    "agent": "the agent's socket",
    "other": "another control plane: only its form is judged",
    "unknown": "not known whose",
}


def _plain(item: FoundBootstrap, listed: Sequence[BootstrapFault]) -> dict[str, Any]:
    return {
        "name": item.name,
        "server": item.found.uri,
        "plane": item.found.plane,
        "faults": [
            {
                "severity": fault.severity.word,
                "path": show(fault.path),
                "message": f"The bootstrap {fault.said}.",
                "applies": fault.applies,
                "remedy": fault.remedy,
            }
            for fault in listed
        ],
    }
