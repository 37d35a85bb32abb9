"""Echo program in Python: an xDS server, and a client that forwards calls when its control port asks. Runs in a pod.

The contract that all languages share:
- gRPC on ``--port``: any method of ``/proxyless.lab.Echo/`` answers JSON bytes: hostname, version, language, library,
  method, headers, whether the call came over TLS and the peer's SPIFFE identity.
- HTTP on ``--control``: ``POST /forward`` with JSON ``{target, method, count, headers, timeout, interval, insecure}``
  makes the calls and answers ``{"results": [...]}``, each an echo answer or ``{"error", "code"}``; ``GET /`` answers "ok".
"""

import argparse
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import grpc.experimental
from grpc._cython import cygrpc

CHANNELS: dict[tuple[str, bool], grpc.Channel] = {}
LOCK = threading.Lock()


class Admin:
    """What this program's library took from istiod, as CSDS has it; other languages bring the service along."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if details.method != "/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus":
            return None
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: cygrpc.dump_xds_configs())


class Echo:
    """Answers every method of the service; a method whose name ends in ``Stream`` answers for ever, twice a second.

    A generic handler for gRPC, which asks for no more than the method ``service``.
    """

    def __init__(self, version: str) -> None:
        self.version = version

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if not details.method.startswith("/proxyless.lab.Echo/"):
            return None
        if details.method.endswith("Stream"):
            return grpc.unary_stream_rpc_method_handler(lambda _request, context: self.stream(details, context))
        return grpc.unary_unary_rpc_method_handler(lambda _request, context: self.answer(details, context))

    def answer(self, details: grpc.HandlerCallDetails, context: grpc.ServicerContext) -> bytes:
        auth = context.auth_context()
        peers = [value.decode() for value in auth.get("peer_spiffe_id", [])]
        answer = {
            "hostname": os.environ.get("HOSTNAME", ""),
            "version": self.version,
            "language": "python",
            "library": grpc.__version__,
            "method": details.method,
            "headers": {key: value for key, value in details.invocation_metadata if isinstance(value, str)},
            "tls": auth.get("transport_security_type", [b""])[0] in (b"ssl", b"tls"),
            "peer": peers[0] if peers else "",
        }
        return json.dumps(answer).encode()

    def stream(self, details: grpc.HandlerCallDetails, context: grpc.ServicerContext) -> Iterator[bytes]:
        while context.is_active():
            yield self.answer(details, context)
            time.sleep(0.5)


def channel(target: str, insecure: bool) -> grpc.Channel:
    """One channel per target, as an application would have."""
    with LOCK:
        if (target, insecure) not in CHANNELS:
            if insecure or not target.startswith("xds:"):
                CHANNELS[target, insecure] = grpc.insecure_channel(target)
            else:
                fallback = grpc.experimental.insecure_channel_credentials()
                CHANNELS[target, insecure] = grpc.secure_channel(target, grpc.xds_channel_credentials(fallback))
        return CHANNELS[target, insecure]


def forward(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Make the calls that an order asks for, one after another."""
    method = order.get("method", "/proxyless.lab.Echo/Call")
    timeout = order.get("timeout", 5)
    results = []
    for number in range(order.get("count", 1)):
        if number:
            time.sleep(order.get("interval", 0))
        metadata = tuple(order.get("headers", {}).items())
        started = time.monotonic()
        result: dict[str, Any] = {}
        try:
            target = channel(order["target"], order.get("insecure", False))
            if method.endswith("Stream"):
                result = {"messages": 0}
                for message in target.unary_stream(method)(b"{}", timeout=timeout, metadata=metadata):
                    result |= json.loads(message)
                    result["messages"] += 1
            else:
                result = json.loads(target.unary_unary(method)(b"{}", timeout=timeout, metadata=metadata))
        except grpc.RpcError as error:
            result |= {"error": error.details() or "", "code": error.code().name}
        except Exception as error:  # noqa: BLE001  # a channel that cannot be made is an answer too
            result = {"error": f"{type(error).__name__}: {error}", "code": "LOCAL"}
        results.append(result | {"seconds": round(time.monotonic() - started, 4)})
    return results


class Control(BaseHTTPRequestHandler):
    """The control port."""

    def do_GET(self) -> None:
        self.reply({"ok": True, "language": "python", "library": grpc.__version__})

    def do_POST(self) -> None:
        try:
            order = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        except ValueError as error:
            self.reply({"error": f"not an order in JSON: {error}"}, status=400)
            return
        self.reply({"results": forward(order)})

    def reply(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=17070)
    parser.add_argument("--control", type=int, default=17171)
    parser.add_argument("--admin", type=int, default=0, help="port of the library's own state (CSDS); default: none")
    parser.add_argument("--version", default="v1")
    parser.add_argument("--plain", action="store_true", help="an ordinary server that reads no xDS")
    parser.add_argument("--no-server", action="store_true", help="a client only")
    options = parser.parse_args()
    if options.admin:
        admin = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Admin()])
        admin.add_insecure_port(f"0.0.0.0:{options.admin}")
        admin.start()
    if not options.no_server:
        pool = futures.ThreadPoolExecutor(32)
        server = grpc.server(pool, handlers=[Echo(options.version)], xds=not options.plain)
        if options.plain:
            server.add_insecure_port(f"0.0.0.0:{options.port}")
        else:
            server.add_secure_port(
                f"0.0.0.0:{options.port}", grpc.xds_server_credentials(grpc.insecure_server_credentials())
            )
        server.start()
    ThreadingHTTPServer(("0.0.0.0", options.control), Control).serve_forever()


if __name__ == "__main__":
    main()
