"""One webhook replica as a process: ports, certificate, Kopf and the watch, each on its own feet.

Called by ``proxyless run webhook``. Nothing here ends the process but a port that is taken, SIGTERM and SIGINT: whatever
else is missing is told at ``/readyz`` and in the log, and tried again.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence

import kopf
import uvloop
from aiohttp import web

from proxyless.adapters.cluster import Cluster
from proxyless.adapters.health import health_app
from proxyless.adapters.listing import kinds_for
from proxyless.adapters.store import Store
from proxyless.lint import rules
from proxyless.webhook import options
from proxyless.webhook.carrier import Carrier
from proxyless.webhook.context import ContextCache, nothing
from proxyless.webhook.handlers import register
from proxyless.webhook.lookout import Lookout
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.offloop import off_loop
from proxyless.webhook.options import Options
from proxyless.webhook.readiness import Readiness
from proxyless.webhook.rotation import CERTIFICATE, Keeper
from proxyless.webhook.server import KOPF, AdmissionServer
from proxyless.webhook.tls import CertificateNotWrittenError, ClientAuthorityError, ServingTls
from proxyless.webhook.told import Teller

log = logging.getLogger(__name__)

PORT = "port"
"""Name in ``/readyz`` of the open TLS port."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal. Returns the exit code: 0 after a signal, 2 where a port cannot be opened."""
    given = options.read(argv)
    logging.basicConfig(
        level=given.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # each try; what lasts is told by whoever tried
    logging.getLogger("kopf.activities").setLevel(logging.CRITICAL)  # each try to log in; /readyz tells
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)  # else two lines for each review
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # a tenth less work for each review
        return runner.run(serve(given))


async def serve(given: Options) -> int:
    """Run one replica."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        return await _replica(given, stopped)
    except OSError as error:
        log.error("%s. Free the port, or choose others with --port and --health-port", error)  # noqa: TRY400
        return 2
    except ClientAuthorityError as error:
        log.error("%s", error)  # noqa: TRY400
        return 2


async def _replica(given: Options, stopped: asyncio.Event) -> int:
    tls = ServingTls(given.cert_dir, given.client_ca)
    readiness, metrics = Readiness(CERTIFICATE, KOPF, PORT), Metrics()
    health = web.AppRunner(health_app(metrics.registry, readiness.report), access_log=None, handle_signals=False)
    await health.setup()
    await web.SockSite(health, bound(given.health_host, given.health_port)).start()
    listening = bound(given.host, given.port, shared=bool(given.place.url))

    server = AdmissionServer(tls, readiness, metrics, given.bounds)
    store = Store(kinds_for(rules.ALL) if given.watch else ())
    lookout = Lookout(Cluster.connect, store, readiness)
    registry = kopf.OperatorRegistry()
    teller = Teller(Cluster.connect, metrics) if given.events else None
    register(registry, ContextCache(store.snapshot) if given.watch else nothing, metrics, teller)
    carrier = Carrier(registry, server, readiness)
    keeper = Keeper(Cluster.connect, tls, given.place, readiness, metrics)
    carrier.start()
    if teller is not None:
        teller.start()
    work = [asyncio.create_task(_serve_and_renew(keeper, server, readiness, listening), name="certificate")]
    if given.watch:
        work.append(asyncio.create_task(lookout.run(), name="watch"))
    stop = asyncio.create_task(stopped.wait(), name="stop")
    await asyncio.wait({stop, *work}, return_when=asyncio.FIRST_COMPLETED)
    log.info("shutting down: serving for another %s s", given.quiet)
    ended = [task for task in work if task.done()]
    for task in work:
        task.cancel()
    await asyncio.gather(  # neither Kopf nor the watch is needed to answer what still comes
        server.close(quiet=given.quiet), off_loop(carrier.stop), off_loop(lookout.stop)
    )
    await health.cleanup()
    listening.close()
    for task in ended:
        task.result()  # a defect of ours: its traceback is the process's last word
    return 0


async def _serve_and_renew(
    keeper: Keeper, server: AdmissionServer, readiness: Readiness, listening: socket.socket
) -> None:
    """Open the port as soon as there is any certificate to open it with, then keep that certificate fresh."""
    wait = 0.5
    while True:
        try:
            keeper.provisional()
            break
        except CertificateNotWrittenError as error:
            readiness.miss(CERTIFICATE, f"{error}; trying again")
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30)
    await server.open(listening)
    readiness.have(PORT)
    await keeper.run()


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening address. ``shared``: several processes of this machine may have it, the kernel spreads connections.

    Raises:
        OSError: it is taken or not ours; the message names it.
    """
    family = socket.AF_INET if host or not socket.has_dualstack_ipv6() else socket.AF_INET6
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"cannot listen on {host or 'any address'}:{port}: {error.strerror}") from error
    made.setblocking(False)
    return made
