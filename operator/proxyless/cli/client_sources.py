"""``--client-from PATH`` of ``lint``: the libraries in use, read where they are written down. Says on standard error what it found."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from proxyless.cli.version_of import all_libraries_in, name_of
from proxyless.errors import InputError
from proxyless.model.client import Client
from proxyless.report.wording import clean


def clients_from(paths: Iterable[str]) -> Iterator[Client]:
    """The libraries with xDS that the paths hold, each once.

    Raises:
        InputError: a path cannot be read, or holds none.
    """
    told: set[Client] = set()
    for path in paths:
        found = [item for item in all_libraries_in(Path(path)) if item.xds]
        if not found:
            raise InputError(
                "no gRPC library with xDS was found there; give --client, for example --client go=1.66.3", where=path
            )
        for item in found:
            if item.client not in told:
                told.add(item.client)
                print(clean(f"note: client {name_of(item)} ({path}: {item.place})"), file=sys.stderr)
                yield item.client
