"""Plain HTTP for probes and metrics: ``/healthz``, ``/readyz``, ``/metrics``. Decides nothing."""

from aiohttp import web
from prometheus_client import generate_latest

from proxyless.controller.readiness import report
from proxyless.controller.replica import Replica


def health_app(replica: Replica) -> web.Application:
    """The routes. ``/healthz`` answers as long as the event loop does."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        ready, text = report(replica)
        return web.Response(text=text + "\n", status=200 if ready else 503)

    async def numbers(_: web.Request) -> web.Response:
        if replica.writer is not None:
            replica.metrics.backlog.set(replica.writer.backlog)
        if replica.watch is not None:
            replica.metrics.restarts.set(replica.watch.restarts)
        return web.Response(
            body=generate_latest(replica.metrics.registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", numbers)])
    return app
