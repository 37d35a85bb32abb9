"""A webhook server as a process of its own, without a cluster: the real server, the real injection, no Kopf between.

``python flooded_server.py`` prints ``PORT`` once it serves and ends with its standard input. Run by ``flood.py``.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import uvloop

from proxyless.process.readiness import Readiness
from proxyless.process.sockets import bound
from proxyless.webhook.admit_pod import admit_pod
from proxyless.webhook.certs import issue, new_authority
from proxyless.webhook.context import Context
from proxyless.webhook.exchange import ANSWER, REVIEW
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.server import AdmissionServer
from proxyless.webhook.tls import ServingTls


async def handle(_: dict[str, Any], *, headers: dict[str, Any], **__: Any) -> dict[str, Any]:
    """In Kopf's place: the handler of a pod."""
    headers[ANSWER] = admit_pod(headers[REVIEW], Context()).answer
    return {"response": {"allowed": True}}


async def main() -> None:
    tls = ServingTls()
    now = datetime.now(UTC)
    tls.load(issue(new_authority(now), ("127.0.0.1",), now).pem)
    server = AdmissionServer(tls, Readiness("kopf"), Metrics())
    kopf = asyncio.create_task(anext(aiter(server(handle))))
    await kopf
    listening = bound("127.0.0.1", 0, "--port")
    await server.open(listening)
    print(listening.getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.close()


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
