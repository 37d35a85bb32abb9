"""``proxyless run operator|webhook``: starts a long-running part, whose own module reads the arguments that follow.

The only command that needs the extra ``proxyless[operator]``; nothing of it is imported before it is asked for.
"""

import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Sequence
from importlib import import_module

from proxyless.cli import exits

PARTS = {"operator": "proxyless.controller.main", "webhook": "proxyless.webhook.main"}
"""Module by part; each has ``main(argv) -> int``."""
_EXTRA = ("kopf", "kubernetes", "aiohttp", "cryptography", "jsonpatch", "prometheus_client")


def arguments(parser: ArgumentParser) -> None:
    """The part, and what it takes itself."""
    parser.add_argument("part", choices=sorted(PARTS), help="which part to start")
    parser.add_argument("rest", nargs=REMAINDER, metavar="...", help="arguments of that part; -h lists them")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Hand over to the part."""
    given = parser.parse_args(argv)
    try:
        module = import_module(PARTS[given.part])
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        print(
            f"proxyless: error: {given.part} needs {error.name}, which is not installed; "
            "install the operator's requirements: pip install 'proxyless[operator]'",
            file=sys.stderr,
        )
        return exits.USAGE
    return int(module.main(given.rest) or exits.CLEAN)
