"""How many connections one port may have, and for how long a connection may stay at each step before it is closed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one port; times in seconds."""

    connections: int = 1000
    """In all. Above it the one that is closed first makes room, see ``process.connections``."""
    unfinished: int = 200
    """Connections that have not sent one whole request yet."""
    handshake: float = 5
    """Time for the TLS handshake."""
    head: float = 5
    """From the first byte of a request to the end of its headers."""
    idle: float = 120
    """Between two requests. The API server closes after 90: it must be the one to close, or a request is lost."""
