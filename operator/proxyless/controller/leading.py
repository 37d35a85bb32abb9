"""Acquires and renews the Lease in a loop, so that one replica writes and the others stand by. Started by ``controller.main``."""

import asyncio
import logging

from proxyless.adapters.leases import Lease
from proxyless.controller.metrics import Metrics
from proxyless.errors import ClusterError

log = logging.getLogger(__name__)


class Leading:
    """The Lease of one replica.

    Args:
        lease: what is wanted.
        every: seconds between attempts.
        metrics: tells who leads.
    """

    def __init__(self, lease: Lease, every: float, metrics: Metrics) -> None:
        self._lease = lease
        self._every = every
        self._metrics = metrics
        self.trouble = ""
        """Why the Lease can be neither read nor written, empty where it can."""
        self.taken = asyncio.Event()
        """Set each time that this replica becomes the writer; whoever waits for it clears it."""

    @property
    def held(self) -> bool:
        """Whether this replica may write now."""
        return self._lease.held

    @property
    def holder(self) -> str:
        """Who writes, as far as is known."""
        return self._lease.holder

    async def run(self) -> None:
        """Try until cancelled."""
        held = False
        while True:
            try:
                now = await asyncio.to_thread(self._lease.attempt)
                self.trouble = ""
            except ClusterError as error:
                now = self._lease.held
                if str(error) != self.trouble:
                    log.warning("cannot acquire or renew the Lease: %s", error)
                self.trouble = str(error)
            if now != held:
                log.info(
                    "this replica writes now" if now else "another replica writes now: %s",
                    *([] if now else [self.holder]),
                )
                if now:
                    self.taken.set()
            held = now
            self._metrics.leader.set(held)
            await asyncio.sleep(self._every)

    async def release(self) -> None:
        """Give the Lease up at shutdown, so that another replica need not wait for its expiry."""
        await asyncio.to_thread(self._lease.release)
