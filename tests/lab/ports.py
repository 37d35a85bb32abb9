"""Free loopback ports. Called by whatever starts a server; binds to nothing but 127.0.0.1."""

import random
import socket

_RANGE = range(20000, 32000)
"""Below Linux's range for outgoing connections (32768 up), so that none of those takes a port between choice and use."""

_given: set[int] = set()
_random = random.SystemRandom()
"""Not the shared generator: what seeds that, as hypothesis does, would give parallel workers the same ports."""


def free_port() -> int:
    """A port that nothing listens on, never the same one twice in a process.

    Chosen at random, so that two runs that start at the same moment do not meet.
    """
    for _ in range(1000):
        port = _random.choice(_RANGE)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError(f"no free port on 127.0.0.1 in {_RANGE.start}..{_RANGE.stop}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
