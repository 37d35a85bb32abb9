"""A World that keeps nothing beside the caches of its snapshot, so that a recorded snapshot notes all that is asked. For ``controller.judge``."""

from typing_extensions import override

from proxyless.lint.world import World


class RecordedWorld(World):
    """As a World, over a ``model.recorded.RecordedSnapshot``: what a World keeps as attributes is asked for each time."""

    @property
    @override
    def _has_maps(self) -> bool:
        return bool(self.snapshot.of_kind("ConfigMap"))

    workloads = property(World.__dict__["workloads"].func)
    proxyless_workloads = property(World.__dict__["proxyless_workloads"].func)
    has_clients = property(World.__dict__["has_clients"].func)
    clients = property(World.__dict__["clients"].func)
