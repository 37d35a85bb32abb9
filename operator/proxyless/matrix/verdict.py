"""The words of the table: verdicts, how far they reach, who decides. Every other module of ``matrix`` speaks them."""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """What becomes of a field's intent."""

    SUPPORTED = "supported"
    """Takes effect as written."""
    ALTERED = "altered"
    """Takes effect, but not as written, or with a side effect."""
    IGNORED = "ignored"
    """Has no effect; everything else goes on."""
    UNKNOWN = "unknown"
    """Not known. Never to be read as unsupported."""
    PLAINTEXT = "plaintext"
    """Traffic that was meant to be protected is not."""
    BREAKS = "breaks"
    """Calls fail, or a rule does the opposite of its intent; nothing is rejected."""
    REJECTED = "rejected"
    """The library refuses the whole resource that carries the field (NACK); others' fields in it are lost as well."""


_ORDER = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that wins where several apply; supported where there is none."""
    return max(verdicts, key=_ORDER.__getitem__, default=Verdict.SUPPORTED)


class Radius(Enum):
    """How far the harm reaches, smallest first."""

    NONE = "none"
    RPC = "rpc"
    ROUTE = "route"
    HOST = "host"
    """All calls to one host, or to one port or subset of it."""
    PORT = "port"
    """Calls of the client to every host on the same port number."""
    CLIENT = "client"
    """Every call that a process makes."""
    SERVER = "server"
    """Every call that a process serves."""
    ISTIOD = "istiod"
    """The control plane."""


_REACH = {radius: rank for rank, radius in enumerate(Radius)}


def widest(radii: Iterable[Radius]) -> Radius:
    """The largest of several."""
    return max(radii, key=_REACH.__getitem__, default=Radius.NONE)


class Where(Enum):
    """Who decides what becomes of a field."""

    ISTIOD = "istiod"
    CLIENT = "client"
    SERVER = "server"


class IstiodHandling(Enum):
    """What istiod does with a field for a proxyless node."""

    SENT = "sent"
    SENT_DIFFERENTLY = "sent_differently"
    EVALUATED = "evaluated"
    """Decided in istiod; nothing of it is on the wire."""
    DROPPED = "dropped"
    """Left out without a word."""
    OMITTED = "omitted"
    """A whole resource is missing or empty because of it."""
    CRASHES = "crashes"


class XdsResourceType(Enum):
    """The xDS resource that carries a field to the application, and that is lost when it is rejected."""

    NONE = "none"
    LISTENER = "listener"
    ROUTE = "route"
    CLUSTER = "cluster"
    ENDPOINTS = "endpoints"
    SERVER = "server"
    """The inbound Listener of a server."""


class Checked(Enum):
    """How the fact in a row was established."""

    MEASURED = "measured"
    SOURCE = "source"
    DOCUMENT = "document"


class Circumstance(Enum):
    """What must be so in the mesh for a defect of a library to matter to a workload."""

    ALWAYS = "always"
    """The workload uses xDS."""
    SERVER = "server"
    """It is an xDS server."""
    PLAINTEXT_SERVER = "plaintext_server"
    """It is a server that speaks plaintext, which somebody may turn to mTLS while it runs."""
    STRICT_SERVER = "strict_server"
    """It is a server with a port that takes mTLS alone."""
    PATH_EXCLUSION = "path_exclusion"
    """A policy for it keeps callers from paths: DENY with paths, or ALLOW with notPaths."""
    TOKEN_OR_SERVER_NAME = "token_or_server_name"  # noqa: S105  a name
    """A policy for it has conditions on tokens or on the TLS server name."""
    HEADER_CAPITALS = "header_capitals"
    """A policy for it names a header with capital letters."""
