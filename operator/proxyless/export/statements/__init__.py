"""The statements of all rules that the request alone proves, in order of code."""

from proxyless.export.statement import Statement
from proxyless.export.statements import authorization, hosts, peers, pods, routes

ALL: tuple[Statement, ...] = tuple(
    sorted((*pods.ALL, *peers.ALL, *hosts.ALL, *routes.ALL, *authorization.ALL), key=lambda statement: statement.code)
)
NOT_SAID: dict[str, str] = {}
"""Rules that deny and that CEL cannot say, with the reason; the command writes it at the head of what it makes."""
