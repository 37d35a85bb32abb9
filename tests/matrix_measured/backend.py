"""Plain gRPC server of the measured matrix; runs in pods. It knows no xDS and counts what it gets.

Answers every method of ``/proxyless.lab.Echo/`` as the echo programs do. Besides:
- ``Slow`` answers after one second; ``...Stream`` answers for ever.
- ``Fail-CODE-N`` fails the first N attempts of a call (told by its ``x-id`` header) with that code.
- ``GET /count/ID`` on the control port: attempts seen with that ``x-id``.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

SEEN: Counter[str] = Counter()
LOCK = threading.Lock()
VERSION = os.environ.get("VERSION", "v1")


class Backend:
    """A generic handler for gRPC, which asks for no more than the method ``service``."""

    def service(self, details: Any) -> Any:
        if details.method.endswith("Stream"):
            return grpc.unary_stream_rpc_method_handler(lambda _, context: self.stream(details, context))
        return grpc.unary_unary_rpc_method_handler(lambda _, context: self.answer(details, context))

    def answer(self, details: Any, context: Any) -> bytes:
        headers = {key: value for key, value in details.invocation_metadata if isinstance(value, str)}
        name = details.method.rpartition("/")[2]
        with LOCK:
            SEEN[headers.get("x-id", "")] += 1
            attempt = SEEN[headers.get("x-id", "")]
        if name == "Slow":
            time.sleep(1)
        if name.startswith("Fail-"):
            _, code, times = name.split("-")
            if attempt <= int(times):
                context.abort(grpc.StatusCode[code], f"attempt {attempt} of {times} that fail")
        if not details.method.startswith("/proxyless.lab.Echo/"):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, details.method)
        answer = {
            "hostname": os.environ.get("HOSTNAME", ""), "version": VERSION, "method": details.method,
            "authority": context.host().decode() if hasattr(context, "host") else "", "headers": headers, "tls": False,
            "peer": "", "attempt": attempt,
        }  # fmt: skip
        return json.dumps(answer).encode()

    def stream(self, details: Any, context: Any) -> Iterator[bytes]:
        while context.is_active():
            yield self.answer(details, context)
            time.sleep(0.2)


class Control(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"count": SEEN[self.path.rpartition("/")[2]]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(64), handlers=[Backend()])
    server.add_insecure_port("0.0.0.0:17070")
    server.start()
    ThreadingHTTPServer(("0.0.0.0", 17171), Control).serve_forever()
