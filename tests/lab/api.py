"""A minimal client of the API server: one request, JSON in and out.

Why not the `kubernetes` package: the lab must not depend on what the product uses to reach the cluster, and starting
kubectl costs 100 ms per call. Called by the rest of the lab and by tests; safe to share between threads.
"""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.errors import ApiError, LabError

APPLY = "application/apply-patch+yaml"
"""Content type of a server-side apply; the body may be YAML or JSON."""
MERGE = "application/merge-patch+json"


class Api:
    """One API server, one identity. Keeps a connection per thread."""

    def __init__(self, server: str, context: ssl.SSLContext) -> None:
        """Take the server's URL and a context that trusts it and carries the client certificate."""
        self._address = urlsplit(server)
        self._context = context
        self._local = threading.local()
        self._connections: list[http.client.HTTPSConnection] = []

    @classmethod
    def of(cls, server: str, ca: Path, cert: Path, key: Path) -> "Api":
        """A client from files."""
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(cert, key)
        return cls(server, context)

    def request(
        self, method: str, path: str, body: object = None, *, content: str = "application/json", timeout: float = 30
    ) -> Any:
        """Send one request and return the decoded answer (text where it is not JSON).

        `body` is sent as it is if bytes or str, else as JSON. Raises ApiError for a status of 400 and up, OSError where
        the server cannot be reached.
        """
        data = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        sent = _Request(method, path, None if body is None else data, content, timeout)
        status, kind, answer = self._send(sent)
        decoded = json.loads(answer) if kind.startswith("application/json") else answer.decode(errors="replace")
        if status >= http.client.BAD_REQUEST:
            told = decoded if isinstance(decoded, dict) else {}
            raise ApiError(status, str(told.get("reason", "")), str(told.get("message", decoded)))
        return decoded

    def close(self) -> None:
        """Close the connections of all threads; a later request opens a new one."""
        for connection in self._connections:
            connection.close()

    def _send(self, sent: "_Request") -> tuple[int, str, bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            try:
                return sent.over(connection)
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError):  # closed while idle: once more
                connection.close()
        connection = http.client.HTTPSConnection(
            self._address.hostname or "", self._address.port, context=self._context
        )
        self._local.connection = connection
        self._connections.append(connection)
        return sent.over(connection)


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    data: bytes | None
    content: str
    timeout: float

    def over(self, connection: http.client.HTTPSConnection) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        connection.timeout = self.timeout
        if connection.sock is not None:
            connection.sock.settimeout(self.timeout)
        headers = {"Accept": "application/json"} | ({"Content-Type": self.content} if self.data is not None else {})
        try:
            connection.request(self.method, self.path, body=self.data, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()
        except OSError:
            connection.close()
            raise


def wait_until(what: str, check: Callable[[], object], *, timeout: float = 30, every: float = 0.05) -> None:
    """Wait until `check` returns something true; refused connections and error statuses count as "not yet".

    Raises LabError with `what` and the last error once `timeout` seconds have passed.
    """
    deadline = time.monotonic() + timeout
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if check():
                return
            last = None
        except (OSError, http.client.HTTPException, ApiError) as error:
            last = error
        time.sleep(every)
    raise LabError(f"{what}: not within {timeout:g} s" + (f" (last: {last})" if last else ""))
