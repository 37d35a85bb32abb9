"""What a ProxylessMesh allows the operator to repair by itself. Part of ``model.crd``; read by ``controller.repair``."""

from typing import Annotated, Literal

from pydantic import Field

from proxyless.model.crd_texts import Model


class RepairSpec(Model):
    """What the operator repairs by itself. Without it: nothing, it only tells."""

    pods_without_agent: Literal["never", "restart"] | None = None
    """Pods that run without the agent that is asked for them. restart: replace the pods of their Deployment, StatefulSet or
    DaemonSet as kubectl rollout restart does, where new pods would get the agent, PodDisruptionBudgets allow it and no
    rollout is under way; once for the same cause. Needs the rights of manifests/repair. Without it: never."""
    per_minute: Annotated[int, Field(ge=1, le=60)] | None = None
    """Most workloads that are restarted in one minute. Without it: 2."""
