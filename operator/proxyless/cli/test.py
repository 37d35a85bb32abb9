"""``proxyless test FILE``: calls written down with what they are to come to, held against what the mesh has in effect.

Each call is asked as ``proxyless why`` asks it; nothing is sent. The schema of the files stands in docs/how-to/test.md.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from proxyless.adapters.call_tests import CallTest, CallTestFile, read_call_tests
from proxyless.cli import exits, workload_names
from proxyless.cli.argument_values import cluster_arguments, version_argument
from proxyless.cli.why import ReadMesh, method_of, read_mesh, target_of, tell_of
from proxyless.errors import InputError
from proxyless.lint.why.answer import answer
from proxyless.lint.why.expected import differences
from proxyless.lint.why.question import Question
from proxyless.mesh.effective.call import Call
from proxyless.report.call_tests import CallTestResult, junit, lines, summary


def arguments(parser: ArgumentParser) -> None:
    """Which tests, of which mesh."""
    add = parser.add_argument
    add("tests", nargs="+", metavar="FILE", help="files with calls and what they are to come to")
    add("--file", "-f", action="append", default=[], metavar="PATH",
        help="file or folder of the mesh, beside those that the tests name; may be repeated")  # fmt: skip
    cluster_arguments(parser)
    add(
        "--istio",
        type=version_argument,
        metavar="VERSION",
        help="Istio release; default: as the file says, else unknown",
    )
    add("--namespace", "-n", default="", help="namespace of clients and objects without one; default: any, and default")
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")
    add("--junit", default="", metavar="FILE", help="also write the results as JUnit XML")
    add("--quiet", "-q", action="store_true", help="print only what fails")
    parser.epilog = "Exit code 0: all pass; 1: one fails; 2 and 3 as elsewhere."


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Ask all, print the results; exit code 1 where a test fails.

    Raises:
        InputError: a file of tests cannot be read, or the results cannot be written.
    """
    given = parser.parse_args(argv)
    if (given.kubeconfig or given.context) and not given.cluster:
        parser.error("--kubeconfig and --context say which cluster: add --cluster to read it")
    results: list[CallTestResult] = []
    for file in [read_call_tests(name) for name in given.tests]:
        paths = [*file.mesh, *given.file]
        if not (paths or given.cluster):
            raise InputError(
                "no mesh to ask: write mesh with files or folders, or give -f or --cluster", where=file.name
            )
        read = read_mesh(_as_asked(given, file, paths), paths)
        if not tell_of(read) or read.problems:
            return exits.USAGE if read.problems else exits.NOTHING_READ
        results += _results(given, file, read)
    for line in lines(item for item in results if not (given.quiet and item.passed)):
        print(line)
    print(summary(results), file=sys.stderr)
    if given.junit:
        try:
            Path(given.junit).write_text(junit(results), encoding="utf-8")
        except OSError as error:
            raise InputError(f"the results cannot be written: {error.strerror}", where=given.junit) from error
    return exits.CLEAN if all(item.passed for item in results) else exits.FINDINGS


def _as_asked(given: Namespace, file: CallTestFile, paths: list[str]) -> Namespace:
    """The arguments with what the file says; those that were given win."""
    said = dict(vars(given))
    said |= {"istio": given.istio or file.istio, "path": paths}
    said["assume_proxyless"] = given.assume_proxyless or file.assume_proxyless
    return Namespace(**said)


def _results(given: Namespace, file: CallTestFile, read: ReadMesh) -> Iterator[CallTestResult]:
    for item in file.tests:
        made = CallTestResult(file.name, item.line, item.name, ())
        try:
            yield made._replace(failures=tuple(_failures(given, item, read)))
        except InputError as error:
            yield made._replace(error=error.message)


def _failures(given: Namespace, item: CallTest, read: ReadMesh) -> Iterator[str]:
    world = read.world
    made = workload_names.maker(item.client, world.snapshot, given.namespace)
    workload = made or workload_names.find(item.client, world.workloads, given.namespace)
    call = Call(method_of(item.method), item.headers)
    question = Question(world, workload, target_of(item.target), call, by_xds=item.target.startswith("xds:"))
    yield from differences(answer(question, read.selection), item.expected)
