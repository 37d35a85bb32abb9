"""``proxyless why CLIENT TARGET [METHOD]``: what happens to one call, which object decides it, and what to change."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace

from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import Reading
from proxyless.cli import exits, workload_names
from proxyless.cli.argument_values import cluster_arguments, port_argument, version_argument
from proxyless.cli.input_summary import input_notes, last_counts
from proxyless.cli.lint import own_kinds
from proxyless.errors import InputError
from proxyless.lint.in_effect import KINDS, mesh_of
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Selection
from proxyless.lint.why.answer import WhyAnswer, answer
from proxyless.lint.why.question import Question
from proxyless.lint.why.sent import Point, Sent, differences
from proxyless.lint.world import World
from proxyless.mesh.effective.call import Call
from proxyless.mesh.effective.call_ends import account_of, address_of
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin
from proxyless.model.snapshot import Snapshot
from proxyless.report import text, why_text, why_v1
from proxyless.report.wording import clean

_SCHEMES = ("xds:///", "xds:/", "xds:")
"""Ways to write a target without authority."""


def arguments(parser: ArgumentParser) -> None:
    """Who calls what, where to read, and how to print it."""
    add = parser.add_argument
    add("client", metavar="CLIENT", help=f"the workload that calls, {workload_names.FORM}")
    add("target", metavar="TARGET", help="what it dials, with or without xds:///, e.g. api.shop.svc.cluster.local:7070")
    add("method", nargs="?", default="", metavar="METHOD", help="/package.Service/Method; default: any method")
    add("--file", "-f", action="append", default=[], metavar="PATH",
        help="file, folder or - for standard input; may be repeated. More may follow after --")  # fmt: skip
    cluster_arguments(parser)
    add("--istiod", default="", metavar="HOST:PORT",
        help="also ask istiod what it sends this client now, and compare: its plaintext port, e.g. localhost:15010 by kubectl port-forward")  # fmt: skip
    add("--no-live", action="store_true",
        help="with --cluster: do not ask istiod what it sends this client, nor its pod what it took")  # fmt: skip
    add("--admin-port", type=port_argument, default=0, metavar="PORT",
        help="port of gRPC's admin services in the client's pod; default: one whose name has admin, csds or xds in it")  # fmt: skip
    add("--header", action="append", default=[], type=_header, metavar="NAME=VALUE",
        help="metadata that the call carries; may be repeated. What is not named here is not sent")  # fmt: skip
    add("--format", choices=("text", "json"), default="text", help="default: text")
    add("--istio", type=version_argument, metavar="VERSION", help="Istio release, e.g. 1.31; default: unknown")
    add(
        "--namespace",
        "-n",
        default="",
        help="namespace of CLIENT, and for objects without one; default: any, and default",
    )
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")
    parser.epilog = "Exit code 0: calls get through; 1: they fail, or it cannot be decided; 2 and 3 as elsewhere."


def _header(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (equals and name.strip()):
        raise ArgumentTypeError(f"{word!r} is no header; write for example x-tenant=gold")
    return name.strip().lower(), value


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Read, ask, print. Exit code 1 where calls fail or nothing can be said, or istiod sends something else, else see ``cli.exits``."""
    words, more = list(argv), []
    if "--" in words:
        at = words.index("--")
        words, more = words[:at], words[at + 1 :]
    given = parser.parse_args(words)
    given.path = paths = [*given.file, *more]  # as commands have it whose paths stand alone
    if not (paths or given.cluster):
        parser.error("nothing to read: give files or folders with -f, - for standard input, or --cluster")
    if (given.kubeconfig or given.context) and not given.cluster:
        parser.error("--kubeconfig and --context say which cluster: add --cluster to read it")
    dialed, method = target_of(given.target), method_of(given.method)
    read = read_mesh(given, paths)
    if not tell_of(read):
        return exits.USAGE if read.problems else exits.NOTHING_READ
    code = _answer(given, read, Call(method, dict(given.header)), dialed)
    return exits.USAGE if read.problems and code != exits.INTERNAL else code


def target_of(word: str) -> str:
    """The text behind the scheme.

    Raises:
        InputError: the target is not one of xDS without authority.
    """
    if word.startswith("xds://") and not word.startswith("xds:///"):
        rest = word.removeprefix("xds://")
        raise InputError(f"{word!r} names an authority and no host; write xds:///{rest}")
    scheme = next((item for item in _SCHEMES if word.startswith(item)), "")
    name = word.removeprefix(scheme)
    if "/" in name or not name.strip():
        raise InputError(
            f"{word!r} is not a target of the mesh; write for example xds:///api.shop.svc.cluster.local:7070"
        )
    return name


def method_of(word: str) -> str:
    """The path of a call; the slash in front may be left out.

    Raises:
        InputError: it is no method.
    """
    path = word if word.startswith("/") or not word else f"/{word}"
    if word and (path.count("/") != 2 or path.endswith("/") or "//" in path):  # noqa: PLR2004  /service/method
        hint = "; files go behind -f" if os.path.exists(word) else ""  # noqa: PTH110  a word, not a path
        raise InputError(f"{word!r} is not a method; write for example /shop.Api/Get{hint}")
    return path


class ReadMesh(NamedTuple):
    """What there is to ask."""

    reading: Reading
    world: World
    selection: Selection
    problems: tuple[InputError, ...]
    notes: tuple[str, ...]
    before: World | None = None
    """The cluster without the files, where both are given."""


def tell_of(read: ReadMesh) -> bool:
    """Say on standard error what is noted and wrong of what was read; whether anything was."""
    for note in read.notes:
        print(clean(f"note: {note}"), file=sys.stderr)
    for problem in read.problems:
        print(text.problem(problem), file=sys.stderr)
    if not read.reading.total:
        print("nothing was read: no object in what was given", file=sys.stderr)
    return bool(read.reading.total)


def read_mesh(given: Namespace, paths: Sequence[str]) -> ReadMesh:
    """Files, and the cluster under them where it is asked for.

    Raises:
        InputError: the API client is not installed.
        ClusterError: the API server cannot be reached.
    """
    stdin = sys.stdin.buffer if sys.stdin else None
    reading = read_paths(paths, default_namespace=given.namespace or "default", stdin=stdin)
    notes = (*input_notes(reading), *last_counts(reading))
    base = MeshSettings(istio=given.istio, assume_proxyless=given.assume_proxyless)
    found: Snapshot | None = None
    if given.cluster:
        from proxyless.cli.live import over_cluster  # noqa: PLC0415  costs more than most runs
        from proxyless.lint.rules import ALL  # noqa: PLC0415  their kinds are listed

        live = over_cluster(given, ALL, reading, KINDS)
        reading, notes = live.reading, (*notes, *live.notes)
        base = base._replace(injector=live.injector)
        found = live.cluster if paths else None
    settings, selection, problems = own_kinds(reading, base)
    before = World(found, settings) if found is not None else None
    return ReadMesh(
        reading, World(reading.snapshot, settings), selection, (*reading.problems, *problems), notes, before
    )


def _answer(given: Namespace, read: ReadMesh, call: Call, dialed: str) -> int:
    world = read.world
    made = workload_names.maker(given.client, world.snapshot, given.namespace)
    workload = made or workload_names.find(given.client, world.workloads, given.namespace)
    found = answer(Question(world, workload, dialed, call, by_xds=given.target.startswith("xds:")), read.selection)
    if given.istiod and found.question.party_name != "proxyless":
        raise InputError(
            f"--istiod asks as a gRPC library does, and {workload.ref} is none ({found.question.party_name})"
        )
    not_given = mesh_of(world).not_given if not given.cluster else ()
    sent = (given.istiod, _differences(given.istiod, found)) if given.istiod else None
    seen = None
    if given.cluster and not (given.istiod or given.no_live) and found.question.party_name == "proxyless":
        from proxyless.cli.compare import live  # noqa: PLC0415  extras, and only for a cluster

        seen = live(given, found, read.before)
    values = why_v1.document(found, _lines(read, why_v1.wanted(found)), not_given, sent, seen)
    if given.format == "json":
        sys.stdout.write(why_v1.text(values))
    else:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        sys.stdout.write(why_text.text(values, color=color))
    if not_given:
        print(f"note: not given, so taken as none: {', '.join(not_given)}", file=sys.stderr)
    for item in found.broken:
        print(f"internal error: {text.notice(item)}", file=sys.stderr)
    if found.broken:
        return exits.INTERNAL
    wrong = bool(sent and sent[1]) or (seen is not None and seen.wrong)
    return exits.CLEAN if found.works and not wrong else exits.FINDINGS


def _differences(istiod: str, found: WhyAnswer) -> tuple[Point, ...]:
    """In what istiod's answers to this client differ from what was calculated.

    Raises:
        InputError: gRPC is not installed.
        ClusterError: istiod cannot be reached.
    """
    try:
        from proxyless.adapters.ads import Observer  # noqa: PLC0415  gRPC is an extra
        from proxyless.adapters.ads_node import XdsNode  # noqa: PLC0415
    except ImportError as error:
        raise InputError(f"--istiod needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})") from error
    question = found.question
    workload = question.workload
    node = XdsNode(
        workload.namespace,
        labels={str(name): str(value) for name, value in workload.labels.items()},
        service_account=account_of(workload),
        domain=question.mesh.options.domain,
    )
    address = address_of(workload)
    with Observer(istiod, replace(node, ip=address) if address else node) as observer:
        seen = observer.observe([question.dialed])
    return differences(question, Sent(seen.listeners, seen.routes, seen.clusters, seen.endpoints))


def _lines(read: ReadMesh, wanted: Iterable[tuple[Origin, FieldPath]]) -> why_v1.Lines:
    if not read.reading.texts:
        return {}
    from proxyless.yamltext.lines import places  # noqa: PLC0415  may need PyYAML

    return places(wanted, read.reading.texts)
