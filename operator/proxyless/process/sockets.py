"""Listening addresses of the long-running parts."""

import socket

from proxyless.errors import ProxylessError


class AddressError(ProxylessError):
    """An address that cannot be listened on; names it and the flag that changes it."""


def bound(host: str, port: int, flag: str, *, shared: bool = False) -> socket.socket:
    """A socket that is bound to an address and does not listen yet.

    Args:
        host: empty for all addresses, of IPv6 and IPv4.
        port: TCP port, 0 for any.
        flag: what chooses another one, for the error.
        shared: several processes of this machine may have it, the kernel spreads connections.

    Raises:
        AddressError: it is taken or not ours.
    """
    family = socket.AF_INET if host or not socket.has_dualstack_ipv6() else socket.AF_INET6
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise AddressError(
            f"cannot listen on {host or 'any address'}:{port}: {error.strerror}. Free it, or choose another with {flag}"
        ) from error
    made.setblocking(False)
    return made
