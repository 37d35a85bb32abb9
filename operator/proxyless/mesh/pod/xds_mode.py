"""How the application reaches xDS: through the agent's socket, or straight to istiod with the agent's certificate.

The agent serves one stream at a time, and current libraries open one per target and one per server: two of them cut each
other off for ever, and with Go one target stays dead. ``direct`` repairs it where the library can; a library that is
known to fail on such a bootstrap never gets one. Called by ``decide``.
"""

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.application import Application
from proxyless.mesh.pod.libraries import LibraryBehaviour, library_of
from proxyless.mesh.pod.settings import Xds
from proxyless.model.client import Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version


class Choice(NamedTuple):
    """The chosen way to xDS, the reason, and warnings for the author."""

    xds: Xds
    reason: str
    notes: tuple[str, ...] = ()
    refused: str = ""
    """What the library does with a bootstrap that leads straight to istiod, where that was asked for in vain."""
    remedy: str = ""
    """The release with which it works, where one does."""


def choose(said: Application) -> Choice:
    """Choose how an application reaches xDS."""
    if said.xds == "agent":
        return Choice("agent", "asked for")
    return _asked_direct(said) if said.xds == "direct" else _automatic(said)


def _asked_direct(said: Application) -> Choice:
    library = _library(said)
    if library is not None and _fails(library, said):
        remedy = f"from {library.direct} on it works" if library.direct is not None else "no version can"
        note = f"xds: direct was asked for, but {said.library} cannot: {library.failure}; {remedy}. It gets the agent's socket"
        return Choice(
            "agent",
            "direct was asked for, which this library is known to fail with",
            (note,),
            library.failure,
            f"Upgrade to {library.direct} or later." if library.direct is not None else "",
        )
    if library is None or library.direct is None or said.version is None or not library.tried:
        python = library_of(Language.PYTHON)
        note = (
            f"xds: direct for {said.library} is not proven: Python below {python and python.direct} aborts with it, Java and Node cannot use it;"
            f" say what it is with {keys.LANGUAGE} and {keys.GRPC_VERSION}"
        )
        return Choice("direct", "asked for", (note,))
    return Choice("direct", "asked for")


def _automatic(said: Application) -> Choice:
    """Direct where more than one stream is expected and the library is known to manage it."""
    library = _library(said)
    if said.targets is None:
        return Choice("agent", f"number of xds:/// targets not known ({keys.TARGETS})")
    streams = said.targets + (1 if said.serves else 0)
    if streams <= 1:
        return Choice("agent", "one xDS stream expected")
    if library is None or (said.version is None and library.stream_per_target is not None):
        note = (
            f"{streams} xDS streams if the library opens one per target, and the agent serves one at a time;"
            f" say what it is with {keys.LANGUAGE} and {keys.GRPC_VERSION}"
        )
        return Choice("agent", f"{said.library}, up to {streams} streams", (note,))
    if not _many_streams(library, said):
        return Choice("agent", f"{said.library} opens one stream per process")
    return _repair(said, library, streams)


def _repair(said: Application, library: LibraryBehaviour, streams: int) -> Choice:
    """More than one stream for sure."""
    harm = "one target may stay dead" if said.language is Language.GO else "they cut each other off for ever"
    if not _fails(library, said) and library.tried:
        return Choice("direct", f"{said.library} opens {streams} xDS streams, the agent serves one at a time")
    if library.direct is None:
        remedy = f"use one target, or a version below {library.stream_per_target}"
    elif not library.tried:
        remedy = f"direct is not tried with {said.library}: try {keys.XDS}: direct"
    else:
        remedy = f"upgrade to {library.direct} or later"
    note = f"{said.library} opens {streams} xDS streams, the agent serves one at a time: {harm}; {remedy}"
    return Choice("agent", f"{said.library} cannot do without the agent's socket", (note,))


def _library(said: Application) -> LibraryBehaviour | None:
    return library_of(said.language) if said.language is not None else None


def _many_streams(library: LibraryBehaviour, said: Application) -> bool:
    return opens_stream_per_target(library, said.version)


def opens_stream_per_target(library: LibraryBehaviour, version: Version | None) -> bool:
    """Whether a library is known to open one stream per target and one for its server, and not one per process."""
    since = library.stream_per_target
    return since is not None and version is not None and version >= since


def _fails(library: LibraryBehaviour, said: Application) -> bool:
    """Whether the library is known to fail with a direct bootstrap; a version that is not known is not."""
    if library.direct is None:
        return True
    return said.version is not None and said.version < library.direct
