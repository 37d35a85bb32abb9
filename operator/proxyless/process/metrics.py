"""Numbers that every long-running part has: its process, and what was built. Used by the ``metrics`` of each part."""

import platform

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

from proxyless import __version__


def registry() -> CollectorRegistry:
    """A registry of its own, since tests run several parts in one process: ``process_*`` and ``proxyless_build_info``."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    info = Gauge("proxyless_build_info", "Always 1; what runs is in the labels.", ["version", "python"], registry=made)
    info.labels(__version__, platform.python_version()).set(1)
    return made
