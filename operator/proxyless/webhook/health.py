"""Plain HTTP for probes and metrics: ``/healthz``, ``/readyz``, ``/metrics``. Never sees a review."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import generate_latest

from proxyless.webhook.metrics import Metrics
from proxyless.webhook.readiness import Readiness


def health_app(readiness: Readiness, metrics: Metrics, alive: Callable[[], str] = str) -> web.Application:
    """The routes. ``alive`` returns what has stopped for good, empty where nothing has."""

    async def healthz(_: web.Request) -> web.Response:
        dead = alive()
        return web.Response(text=f"dead: {dead}\n" if dead else "ok\n", status=500 if dead else 200)

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text=readiness.text() + "\n", status=200 if readiness.ready else 503)

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(metrics.registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", numbers)])
    return app
