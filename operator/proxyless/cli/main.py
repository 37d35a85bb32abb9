"""Entry point of ``proxyless``: finds the command, runs it, turns what goes wrong into an exit code.

Imports nothing but what every command needs, so that ``proxyless lint`` starts in a few hundredths of a second.
Results go to standard output, everything else to standard error.
"""

import errno
import gc
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from proxyless import __version__
from proxyless.cli import exits
from proxyless.errors import MatrixError, ProxylessError

if TYPE_CHECKING:
    from argparse import ArgumentParser

COMMANDS = {
    "lint": "check files, folders or standard input before they are applied",
    "explain": "what a rule means and what to write instead, or what happens to a field",
    "rules": "list all rules",
    "matrix": "what istiod sends for each field and what gRPC libraries do with it",
    "upgrade-report": "what changes with another Istio release or other library releases",
    "effective": "what istiod sends each client and server, and what calls come to, from files or a cluster",
    "why": "what happens to one call: the verdict, the object that decides it, and the one change that repairs it",
    "test": "calls in a file with what they are to come to, held against what the mesh has in effect",
    "xds": "what istiod sends a proxyless workload for its targets, decoded",
    "status": "a cluster on one screen: who injects where, pods with and without agent, worst findings, what is not judged",
    "pods": "which running pods have the agent, lack it, or are as settings were when they were made",
    "streams": "running pods whose xDS streams cut each other off",
    "csds": "what a running application accepted and rejected from istiod, and its library's release",
    "inject": "write the agent into manifests, as the webhook gives it to their pods",
    "why-injected": "why a pod or workload has the agent, or has it not, and which field says so",
    "bootstrap": "whether istiod and a gRPC library can work with a bootstrap of one's own",
    "export": "rules and injection as admission policies, which the API server enforces by itself",
    "lsp": "a language server for editors: findings while typing, explanations on hover, fixes as code actions",
    "version-of": "the gRPC libraries in a program, a source tree, a folder or an image",
    "doctor": "what this machine and the cluster have of what proxyless needs, and the one remedy for what fails",
    "run": "start a part of the operator: run operator, run webhook",
    "version": "print the version",
}

_NOT_WRITTEN = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What goes wrong with the place that results are written to, not with what is read."""


class Command(Protocol):
    """What each module of this folder offers."""

    def arguments(self, parser: "ArgumentParser") -> None:
        """Declare the command's arguments."""

    def run(self, parser: "ArgumentParser", argv: Sequence[str]) -> int:
        """Parse, do it, and return the exit code."""


@runtime_checkable
class Quick(Protocol):
    """A command that does without argparse where it can."""

    def quick(self, argv: Sequence[str]) -> int | None:
        """The exit code, None where this takes argparse."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code, see ``cli.exits``; never raises.

    Without ``argv``, as the console script calls it, a short run over files does not return but ends the process.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    code = _run(arguments)
    if argv is None and arguments[:1] in (["lint"], ["why"]) and "kubernetes" not in sys.modules:
        _end(code)
    return code


def _end(code: int) -> None:
    """End the process without taking apart all that was read, which would cost a tenth of a large run.

    Nothing else is left to do: there are no threads, and no temporary files as a client of the cluster has them.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    if not _streams(servers=arguments[:1] == ["run"]):
        print("proxyless: error: standard output is closed, the result cannot be written", file=sys.stderr)
        return exits.USAGE
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except SystemExit as ended:  # argparse, after it printed usage or help
        return ended.code if isinstance(ended.code, int) else exits.USAGE
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except MatrixError as error:
        print(f"proxyless: error: {error}", file=sys.stderr)
        return exits.INTERNAL
    except ProxylessError as error:
        print(f"proxyless: error: {error}", file=sys.stderr)
        return exits.USAGE
    except Exception as error:  # noqa: BLE001  the last resort: a short word and an exit code instead of a traceback
        if isinstance(error, OSError) and error.errno in _NOT_WRITTEN:
            return _not_written(error)
        _tell_defect(error)
        return exits.INTERNAL
    return code


def _streams(*, servers: bool) -> bool:
    """Make both output streams usable; False where results have nowhere to go, for who started us closed the stream."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  until the process ends
    closed = sys.stdout is None
    if closed:
        sys.stdout = sys.stderr
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a C locale must not turn a finding into a traceback
    return servers or not closed  # servers have no result, only a log


def _not_written(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at exit
    if error.errno == errno.EPIPE:
        return exits.PIPE_CLOSED
    print(f"proxyless: error: the result cannot be written: {error.strerror}", file=sys.stderr)
    return exits.USAGE


def _dispatch(argv: Sequence[str]) -> int:
    name = argv[0] if argv else ""
    if name in ("-h", "--help"):
        print(_usage(), end="")
        return exits.CLEAN
    if name in ("-V", "--version"):
        name = "version"
    if name not in COMMANDS:
        print(_usage(), end="", file=sys.stderr)
        if name:
            print(f"proxyless: error: no command {name!r}; one of {', '.join(COMMANDS)}", file=sys.stderr)
        return exits.USAGE
    if name in ("lint", "why"):
        gc.disable()  # a short run that keeps nearly all it makes, its imports first
    command = cast("Command", import_module(f"proxyless.cli.{name.replace('-', '_')}"))
    if isinstance(command, Quick) and (code := command.quick(argv[1:])) is not None:
        return code
    from argparse import ArgumentParser, HelpFormatter  # noqa: PLC0415  not for what is quick

    parser = ArgumentParser(
        prog=f"proxyless {name}",
        description=description(name),
        allow_abbrev=False,
        formatter_class=partial(HelpFormatter, width=_width()),
    )
    command.arguments(parser)
    return command.run(parser, argv[1:])


def description(name: str) -> str:
    """What a command does, as a sentence."""
    return f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}."


def _width() -> int:
    """Columns for help. Told to argparse, which would import shutil and all its archive formats to find out."""
    try:
        return os.get_terminal_size(2).columns - 2
    except OSError:
        return 98


def _usage() -> str:
    lines = [f"usage: proxyless COMMAND [-h] ...\n\nproxyless {__version__}: proxyless gRPC on Istio, made safe.\n\n"]
    lines += [f"  {name:16}{text}\n" for name, text in COMMANDS.items()]
    lines.append("\nproxyless COMMAND -h lists the arguments of a command.\n")
    lines.append(
        "Exit codes: 0 clean, 1 findings (see lint --fail-on), 2 usage, unreadable input or no place to write to, 3 nothing read, 4 internal error.\n"
    )
    return "".join(lines)


def _tell_defect(error: Exception) -> None:
    print(
        f"proxyless: internal error: {type(error).__name__}: {error}\n"
        "This is a bug in proxyless; please report it. PROXYLESS_TRACEBACK=1 shows where it happened.",
        file=sys.stderr,
    )
    if os.environ.get("PROXYLESS_TRACEBACK"):
        sys.excepthook(type(error), error, error.__traceback__)
