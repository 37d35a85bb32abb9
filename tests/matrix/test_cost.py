"""Loading and walking stay cheap. Processor time, best of several, and three times the wanted figure: CI machines vary."""

import json
import time
from collections.abc import Callable
from typing import Any

from proxyless.matrix.build import COMPILED
from proxyless.matrix.query import Matrix, load

OBJECTS: list[tuple[str, dict[str, Any]]] = [
    (
        "VirtualService",
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "echo", "namespace": "shop", "labels": {"app": "echo"}},
            "spec": {
                "hosts": ["echo.shop.svc.cluster.local"],
                "http": [
                    {
                        "match": [{"headers": {"x-canary": {"exact": "true"}}, "uri": {"prefix": "/echo.Echo/"}}],
                        "route": [
                            {"destination": {"host": "echo", "subset": "v2", "port": {"number": 7070}}, "weight": 10},
                            {"destination": {"host": "echo", "subset": "v1"}, "weight": 90},
                        ],
                        "timeout": "5s",
                        "retries": {"attempts": 3, "retryOn": "unavailable"},
                    },
                    {"route": [{"destination": {"host": "echo", "subset": "v1"}}], "mirror": {"host": "shadow"}},
                ],
            },
        },
    ),
    (
        "DestinationRule",
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "DestinationRule",
            "metadata": {"name": "echo", "namespace": "shop"},
            "spec": {
                "host": "echo",
                "exportTo": ["."],
                "trafficPolicy": {
                    "loadBalancer": {"simple": "ROUND_ROBIN", "localityLbSetting": {"enabled": True}},
                    "tls": {"mode": "ISTIO_MUTUAL"},
                    "connectionPool": {
                        "tcp": {"maxConnections": 10},
                        "http": {"http2MaxRequests": 100, "maxRetries": 2},
                    },
                    "outlierDetection": {"consecutive5xxErrors": 5, "interval": "10s", "baseEjectionTime": "30s"},
                },
                "subsets": [
                    {"name": "v1", "labels": {"version": "v1"}},
                    {
                        "name": "v2",
                        "labels": {"version": "v2"},
                        "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}},
                    },
                ],
            },
        },
    ),
]


def best(run: Callable[[], object], times: int) -> float:
    """Processor seconds of the quickest run."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_loading() -> None:
    seconds = best(lambda: Matrix(json.loads(COMPILED.read_bytes())), 5)
    print(f"load {seconds * 1e3:.1f} ms, wanted 8 ms")
    assert seconds < 0.024


def test_walking_ten_thousand_objects() -> None:
    matrix = load()

    def run() -> None:
        for _ in range(2500):
            for kind, body in OBJECTS:
                for _ in matrix.fields(kind, body):
                    pass

    seconds = best(run, 3) * 2
    print(f"walk of 10,000 objects {seconds:.2f} s, wanted 0.25 s")
    assert seconds < 0.75
