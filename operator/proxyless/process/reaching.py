"""Waits for an API server that answers. Used at the start of both long-running parts."""

import asyncio
from collections.abc import Callable

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.process.offloop import off_loop


async def reached(connect: Callable[[], KubernetesApi], trouble: Callable[[str], None], wait: float) -> KubernetesApi:
    """An API server that answers. One that does not may be the wrong one, so its address is read anew each time.

    Args:
        connect: gives the API server; raises ClusterError where there is no way to it yet.
        trouble: told after each try what is wrong.
        wait: seconds between two tries.
    """

    def attempt() -> KubernetesApi:
        cluster = connect()
        cluster.request("GET", "/version")
        return cluster

    while True:
        try:
            return await off_loop(attempt)
        except ClusterError as error:
            trouble(str(error))
            await asyncio.sleep(wait)
