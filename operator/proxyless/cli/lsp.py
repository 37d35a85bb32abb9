"""``proxyless lsp``: a language server over standard input and output, on pygls. Editors start it; see docs/how-to/editor.md.

The same findings as ``lint``, for the whole folder that the editor has open and with unsaved texts; the rule's page or a field's outcome on
hover; fixes as code actions. Nothing is written: editors apply what they are given.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from proxyless.cli import exits
from proxyless.cli.argument_values import client_argument, version_argument
from proxyless.errors import InputError
from proxyless.lint.mesh_settings import MeshSettings

_EXTRA = ("pygls", "lsprotocol", "cattrs", "attrs")


def arguments(parser: ArgumentParser) -> None:
    """What is known of the mesh beside its files."""
    add = parser.add_argument
    add("--istio", type=version_argument, metavar="VERSION", help="Istio release, e.g. 1.31; default: unknown")
    add(
        "--client",
        type=client_argument,
        action="append",
        default=[],
        metavar="LIBRARY",
        help="library in use, e.g. python=1.85.1, go, dubbo-java=3.2.0; may be repeated",
    )
    add(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="skip matching files and folders, .gitignore syntax; may be repeated",
    )
    add("--assume-proxyless", action="store_true", help="treat workloads as proxyless unless they say otherwise")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Serve until the editor ends it.

    Raises:
        InputError: pygls is not installed.
    """
    given = parser.parse_args(argv)
    try:
        from proxyless.cli.language_server import make_server  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise InputError(
            f"the language server needs pygls, and {error.name} is not installed: pip install 'proxyless[lsp]'"
        ) from error
    with open(os.dup(0), "rb") as asked, open(os.dup(1), "wb") as told:  # noqa: PTH123  the server closes them
        make_server(settings(given), given.exclude).start_io(asked, told)
    return exits.CLEAN


def settings(given: Namespace) -> MeshSettings:
    """What the arguments say of the mesh."""
    return MeshSettings(istio=given.istio, clients=tuple(given.client), assume_proxyless=given.assume_proxyless)
