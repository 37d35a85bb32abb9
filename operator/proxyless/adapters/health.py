"""Plain HTTP for probes and metrics: ``/healthz``, ``/readyz``, ``/metrics``. Decides nothing and never sees a review.

Served by both long-running parts, each with its own answers.
"""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

Ready = Callable[[], tuple[bool, str]]
"""Whether a replica is ready, and what it lacks in words."""


def health_app(
    registry: CollectorRegistry, ready: Ready, measure: Callable[[], None] = lambda: None
) -> web.Application:
    """The routes. ``/healthz`` answers as long as the event loop does.

    Args:
        registry: what ``/metrics`` shows.
        ready: asked anew at each ``/readyz``.
        measure: called before each ``/metrics``, for what is not counted as it happens.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        is_ready, text = ready()
        return web.Response(text=f"{text}\n", status=200 if is_ready else 503)

    async def numbers(_: web.Request) -> web.Response:
        measure()
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", numbers)])
    return app
