"""Load for faults and upgrades: pods are created all the time, and refusals counted."""

import threading
from typing import Self

from live_mesh import PYTHON, Mesh

from lab.errors import ApiError


class Creates(threading.Thread):
    """Creates pods all the time of a `with` block (they are never scheduled), and counts refusals."""

    def __init__(self, mesh: Mesh, ns: str) -> None:
        super().__init__(daemon=True)
        self.mesh, self.ns = mesh, ns
        self.made = 0
        self.failures: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            pod = {
                "metadata": {"generateName": "made-", "labels": {"proxyless.dev/inject": "true"}},
                "spec": {
                    "schedulingGates": [{"name": "proxyless.dev/never"}],
                    "containers": [{"name": "app", "image": PYTHON}],
                },
            }
            try:
                self.mesh.cluster.api.request("POST", f"/api/v1/namespaces/{self.ns}/pods", pod)
                self.made += 1
            except (ApiError, OSError) as error:
                self.failures.append(str(error))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.join()
