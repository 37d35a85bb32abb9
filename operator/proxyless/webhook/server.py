"""Our admission server: TLS, routes, sizes and outcomes; what was not answered before goes through Kopf's function.

A creation of a pod like one that was answered before gets that answer again, without Kopf (``webhook.pod_answers``).

Given to Kopf as ``settings.admission.server``: Kopf calls it with the function that runs the handlers and iterates it for
as long as it lives (design decision 6 tells why Kopf's own server will not do). The port opens before that, so that a
replica can say what it waits for. Kopf runs in a thread of its own (``webhook.carrier``); its function is called here, in
the loop that serves, and goes on working while Kopf restarts.

Outcomes: 200 with an AdmissionReview, also where it waited too long to be judged (``webhook.patience``); 400 malformed, with the reason; 404 unknown path; 405 not POST; 413 too large and
without a readable uid; 503 Kopf is not there yet. An unexpected error of ours is 200, allowed, with a warning.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from proxyless.process.connections import BODY_TIME, Connections, Stage
from proxyless.process.listener import Listener
from proxyless.process.protocol import TrackedProtocol, TrackedServer
from proxyless.process.readiness import Readiness
from proxyless.webhook import body, patience
from proxyless.webhook.body_memory import BodyMemory, Reservation
from proxyless.webhook.bounds import DEFAULTS, Bounds
from proxyless.webhook.exchange import ANSWER, INJECT, REVIEW, STRICT, WARN, envelope, failure, unasked
from proxyless.webhook.load_report import LoadReport
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.review import AdmissionResponse, MalformedReview, Review, parse, uid_in, write
from proxyless.webhook.tls import ServingTls

log = logging.getLogger(__name__)

KOPF = "kopf"
"""Name in ``/readyz`` of Kopf's function, which is there once Kopf has discovered the API."""
DRAINING = "shutdown"
ROUTES = {
    "/inject": (INJECT, ""),
    "/inject/namespace": (INJECT, "namespace"),
    "/inject/pod": (INJECT, "pod"),
    "/strict": (STRICT, ""),
    "/warn": (WARN, ""),
}
"""Path: handler id, and what the path says of how the API server selected the request."""
AT_ONCE = 16
"""Maximum reviews per turn of the event loop. Without it, requests that arrive while a burst is judged
wait twice as long as the rest (measured: one request of 32 at 32 in flight)."""
GRACE = 2.0
"""Seconds for requests that are in flight when the port closes."""

UNDISCOVERED = "UnknownResourceError"
"""Name of what Kopf raises for a resource that it has not discovered; it does not export the class."""

KopfFunction = Callable[..., Awaitable[Any]]


class AdmissionServer:
    """One replica's server.

    Args:
        tls: its certificate.
        readiness: told when Kopf's function arrives and when the server drains.
        metrics: counted into.
        bounds: what clients may cost it.
        known: gives the answer to a pod like one that a handler answered before, None where a handler has to be asked.
    """

    def __init__(
        self,
        tls: ServingTls,
        readiness: Readiness,
        metrics: Metrics,
        bounds: Bounds = DEFAULTS,
        known: Callable[[Review], AdmissionResponse | None] = lambda _review: None,
    ) -> None:
        self._tls = tls
        self._readiness = readiness
        self._metrics = metrics
        self._function: KopfFunction | None = None
        self.bounds = bounds
        self._known = known
        self._pressure = LoadReport(bounds, readiness, metrics)
        self._connections = Connections(bounds, self._pressure.closed)
        self._room = BodyMemory(self._connections, bounds.reviews)
        self._http: web.Server | None = None
        self._listener: Listener | None = None
        self._draining = False
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._seconds = {webhook: metrics.seconds.labels(webhook) for webhook in (INJECT, STRICT, WARN)}
        self._outcomes = {
            (webhook, outcome): metrics.reviews.labels(webhook, outcome)
            for webhook in (INJECT, STRICT, WARN)
            for outcome in (
                "allowed",
                "patched",
                "warned",
                "denied",
                "failed",
                "oversize",
                "late",
                "malformed",
                "unready",
            )
        }

    async def __call__(self, function: KopfFunction) -> AsyncIterator[Any]:
        """Kopf's side: take its function, stay until Kopf stops."""
        self._function = function
        self._readiness.have(KOPF)
        yield {}  # the client configuration; used only by Kopf's managed configurations, which we do not use
        await asyncio.Event().wait()

    @property
    def carried(self) -> bool:
        """Whether Kopf has given its function."""
        return self._function is not None

    # -- life ---------------------------------------------------------------------------------------------------

    async def open(self, listening: socket.socket) -> None:
        """Start to serve on a bound socket."""
        http = TrackedServer(
            self._handle,
            self._connections,
            access_log=None,
            keepalive_timeout=2 * self.bounds.idle,  # ours is kept by the listener's sweep, which counts it
            auto_decompress=False,
        )
        self._http = http
        self._listener = Listener(
            listening, self._tls.context, http, self._connections, lambda: self._pressure.tell(self._connections)
        )
        self._listener.open()

    async def close(self, *, quiet: float = 0) -> None:
        """Stop: fail readiness, go on serving for ``quiet`` seconds, then finish what is in flight (at most ``GRACE``)."""
        self._readiness.miss(DRAINING, "shutting down")
        self._draining = True
        await asyncio.sleep(quiet)
        if self._listener is not None:
            await self._listener.close()
            self._listener = None
        if self._http is not None:
            self._http.pre_shutdown()
            await self._http.shutdown(GRACE)
            self._http = None

    # -- one request --------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        route = ROUTES.get(request.path)
        if route is None:
            known = ", ".join(ROUTES)
            return _text(404, f"unknown path {request.path!r}: reviews are answered at {known}")
        if request.method != "POST":
            return _text(405, f"{request.method} is not answered here: send an AdmissionReview by POST", Allow="POST")
        webhook, via = route
        protocol = cast("TrackedProtocol", request.protocol)
        protocol.at(Stage.BODY)
        deadline = patience.until(request.query_string)
        with Reservation(self._room, protocol.connection) as share:
            response = await self._respond(request, webhook, via, share, deadline)
        if self._draining:
            response.force_close()
        return response

    async def _respond(
        self, request: web.BaseRequest, webhook: str, via: str, share: Reservation, deadline: float
    ) -> web.Response:
        protocol = cast("TrackedProtocol", request.protocol)
        try:
            received = await body.read(request, self.bounds, share)
        except TimeoutError:
            self._pressure.closed(BODY_TIME, protocol.connection.peer)
            response = self._refused(webhook, 408, f"no whole body within {self.bounds.body:g} s")
            response.force_close()
            return response
        except (ConnectionError, web.RequestPayloadError):
            return self._refused(webhook, 400, "the connection ended before the body did")
        if received.too_large:
            return self._oversize(webhook, received)
        started = time.perf_counter()
        try:
            review = parse(received.data, via)
        except MalformedReview as problem:
            return self._refused(webhook, 400, str(problem))
        protocol.at(Stage.REVIEW)
        if self._function is None:
            return self._refused(webhook, 503, f"not ready: {self._readiness.missing.get(KOPF, 'still starting')}")
        await self._turns.acquire()
        try:
            if patience.is_over(deadline):
                return self._late(webhook, review)
            answer = await self._ask(self._function, webhook, review)
        finally:
            asyncio.get_running_loop().call_soon(self._turns.release)  # not before the loop has looked at the sockets
        data = write(review.uid, answer)
        self._count(webhook, answer)
        self._seconds[webhook].observe(time.perf_counter() - started)
        return web.Response(body=data, content_type="application/json")

    async def _ask(self, function: KopfFunction, webhook: str, review: Review) -> AdmissionResponse:
        """Have Kopf run the handler for a review. Never raises: what goes wrong here is ours and must not block."""
        beside: dict[str, Any] = {REVIEW: review}
        try:
            known = self._known(review) if webhook == INJECT and _is_new_pod(review) else None
            if known is not None:
                return known
            response = await function(envelope(review), webhook=webhook, headers=beside)
        except Exception as error:
            if type(error).__name__ == UNDISCOVERED:
                return self._unasked(webhook, review)
            log.exception(
                "%s of %s %s/%s failed; the request was allowed", webhook, review.plural, review.namespace, review.name
            )
            return failure(error)
        answer: AdmissionResponse | None = beside.get(ANSWER)
        if answer is None:
            return self._unasked(webhook, review)
        if not response["response"]["allowed"]:
            log.error(
                "Kopf itself refused %s %s/%s; the request was allowed: %s",
                review.plural,
                review.namespace,
                review.name,
                response,
            )
            return failure(RuntimeError("Kopf refused by itself"))
        return answer

    def _unasked(self, webhook: str, review: Review) -> AdmissionResponse:
        answer = unasked(webhook, review)
        log.warning("%s %s/%s: %s", review.plural, review.namespace, review.name, answer.warnings[0])
        return answer

    def _late(self, webhook: str, review: Review) -> web.Response:
        """Too many came before it: the API server would have given up on a verdict, so it gets the truth in time."""
        self._outcomes[webhook, "late"].inc()
        self._pressure.late()
        return web.Response(body=write(review.uid, patience.too_late(webhook)), content_type="application/json")

    def _oversize(self, webhook: str, received: body.Body) -> web.Response:
        """Too large to be judged: allow and tell where the uid can be read, so that it blocks nothing."""
        self._outcomes[webhook, "oversize"].inc()
        told = f"proxyless did not check this: its review is larger than {self.bounds.review // 1024} KiB"
        uid = uid_in(received.data)
        if uid:
            response = web.Response(
                body=write(uid, AdmissionResponse(warnings=(told,))), content_type="application/json"
            )
        else:
            response = _text(
                413, f"the review is larger than {self.bounds.review} bytes and does not begin with its uid"
            )
        if not received.whole:
            response.force_close()
        return response

    def _refused(self, webhook: str, status: int, reason: str) -> web.Response:
        outcome = "unready" if status == 503 else "malformed"  # noqa: PLR2004  Service Unavailable
        self._outcomes[webhook, outcome].inc()
        return _text(status, reason)

    def _count(self, webhook: str, answer: AdmissionResponse) -> None:
        if answer.failed:
            self._metrics.failures.labels(webhook).inc()
            outcome = "failed"
        elif not answer.allowed:
            outcome = "denied"
        elif answer.patched:
            outcome = "patched"
        else:
            outcome = "warned" if answer.warnings else "allowed"
        self._outcomes[webhook, outcome].inc()


def _is_new_pod(review: Review) -> bool:
    """Whether a review is one that the handler of injection is registered for."""
    return (review.group, review.plural, review.subresource, review.operation) == ("", "pods", "", "CREATE")


def _text(status: int, text: str, **headers: str) -> web.Response:
    return web.Response(status=status, text=text + "\n", headers=headers)
