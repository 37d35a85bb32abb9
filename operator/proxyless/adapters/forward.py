"""A pod's port brought here through the API server, as ``kubectl port-forward`` does, for clients of gRPC.

    with Forward(cluster, Ref("Pod", "istio-system", "istiod-1"), 15012) as port:
        grpc.insecure_channel(port.address)

Called by ``live`` and the commands that look into pods. Who calls needs ``get`` and ``create`` of ``pods/portforward``. Here
it ends in a Unix socket in a folder that nobody else may enter: a port on loopback would be open to every user of the
machine, and a proxy that ``http_proxy`` names would be asked for it. Each connection to it is a websocket of its own.
"""

import contextlib
import select
import shutil
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import websocket
from kubernetes.stream.ws_client import create_websocket

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.refusal import reason, refused
from proxyless.errors import ClusterError, InputError
from proxyless.model.resource import Ref

_TIMEOUT = 15.0
"""Seconds for the API server's answer, and for the rest of a frame that has begun."""
_DATA, _ERROR = 0, 1
"""Channels of the first port: the first byte of each frame. Each begins with a frame that holds the port's number."""
_CHUNK = 1 << 16


class Forward:
    """One port of one pod; closed with the ``with`` block.

    Args:
        cluster: where, and as whom.
        pod: the pod; it must run.
        port: any port in it, whether a container declares it or not.
    """

    def __init__(self, cluster: KubernetesApi, pod: Ref, port: int) -> None:
        self._cluster = cluster
        self._path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward"
        self._port = port
        self._folder = Path()
        self._listener: socket.socket
        self._first: Any = None  # a websocket, opened so that refusals are told at once
        self.error = ""
        """What the node said of the last connection, such as that nothing listens there."""

    @property
    def address(self) -> str:
        """As gRPC takes it."""
        return f"unix:{self._folder / 'port'}"

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            ClusterError: the pod is not there, or the right to forward its ports is missing.
            InputError: this system has no Unix sockets.
        """
        if not hasattr(socket, "AF_UNIX"):
            raise InputError("this system has no Unix sockets: forward the port by kubectl, and give its address")
        self._first = self._open()
        self._folder = Path(tempfile.mkdtemp(prefix="proxyless-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / "port"))
        self._listener.listen()
        threading.Thread(target=self._accept, name=f"forward {self._path}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> Any:
        """A websocket to the port; what listens there is told on it."""
        configuration = self._cluster.configuration
        server = f"ws{self._cluster.server.removeprefix('http')}"
        authorization = self._cluster.connection().authorization
        websocket.setdefaulttimeout(_TIMEOUT)  # nothing else in the process opens websockets
        try:
            headers = {"authorization": authorization} if authorization else {}
            url = f"{server}{self._path}?ports={self._port}"
            return create_websocket(configuration, url, headers)  # type: ignore[no-untyped-call]
        except websocket.WebSocketBadStatusException as error:
            raise refused("CONNECT", self._path, error.status_code, _bytes(error.resp_body)) from error
        except (websocket.WebSocketException, OSError) as error:
            raise ClusterError(f"no answer from {self._cluster.server} to a port-forward ({reason(error)})") from error

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                if self._first is not None:
                    self._first.shutdown()
                return
            threading.Thread(target=self._carry, args=(connection,), name=f"carry {self._path}", daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        """Both ways, until either side ends. One thread, since TLS connections must not be read and written at once."""
        with connection:
            try:
                far, self._first = self._first or self._open(), None
            except ClusterError as error:
                self.error = str(error)
                return
            try:
                self._pump(connection, far)
            except (websocket.WebSocketException, OSError):
                return  # one side is gone: the other is closed, and the client sees that
            finally:
                far.shutdown()

    def _pump(self, near: socket.socket, far: Any) -> None:
        begun: set[int] = set()
        while True:
            waiting = isinstance(far.sock, ssl.SSLSocket) and far.sock.pending()
            ready = [far.sock] if waiting else select.select([near, far.sock], [], [])[0]
            if far.sock in ready:
                code, frame = far.recv_data()
                if code == websocket.ABNF.OPCODE_CLOSE or not frame:
                    return
                channel, data = frame[0], frame[1:]
                if channel not in begun:
                    begun.add(channel)
                elif channel == _ERROR:
                    self.error = data.decode(errors="replace").strip()
                    return
                elif channel == _DATA:
                    near.sendall(data)
            if near in ready:
                data = near.recv(_CHUNK)
                if not data:
                    return
                far.send_binary(bytes([_DATA]) + data)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
