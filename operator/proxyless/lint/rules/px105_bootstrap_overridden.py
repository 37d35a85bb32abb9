"""PX105: a bootstrap variable of the pod's own wins over the agent's, and often names a file that nobody writes."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from proxyless.lint.pods import AGENT, AGENT_BOOTSTRAP, app_containers, own_bootstrap, variable
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource, mapping, sequence

FILE = "GRPC_XDS_BOOTSTRAP"
INLINE = "GRPC_XDS_BOOTSTRAP_CONFIG"
_OLD = "/var/lib/istio/data/grpc-bootstrap.json"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per container whose bootstrap variable leads nowhere, or has no effect."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates:
        return
    kept_off = workload.labels.get("sidecar.istio.io/inject") == "false"
    for path, container in app_containers(workload):
        found = variable(container, FILE)
        inline = variable(container, INLINE)
        if found is not None and own_bootstrap(container):
            here = (*path, "env", found[0], "value")
            if found[1] == _OLD:
                yield Hit(
                    here,
                    f"{_OLD} is where Istio {world.matrix.behavior('istio.bootstrap_in_lib').releases.words} put the bootstrap;"
                    f" today's agent writes {AGENT_BOOTSTRAP}.",
                )
            elif not _mounted(container, found[1]):
                message = f"{FILE} wins over the agent's {AGENT_BOOTSTRAP}, and no volume of the pod is mounted at {found[1]}."
                yield Hit(here, message, severity=Severity.WARNING)
        elif inline is not None and not kept_off:
            message = f"{INLINE} has no effect: Istio's injector sets {FILE}, which libraries read first."
            yield Hit((*path, "env", inline[0]), message, severity=Severity.WARNING)


def _mounted(container: dict[str, Any], file: str) -> bool:
    folders = PurePosixPath(file).parents
    mounts = (str(mapping(item).get("mountPath", "")) for item in sequence(container.get("volumeMounts")))
    return any(
        mount and (PurePosixPath(mount) in folders or PurePosixPath(mount) == PurePosixPath(file)) for mount in mounts
    )


RULE = Rule(
    code="PX105",
    slug="bootstrap-overridden",
    summary="A bootstrap variable of the pod's own keeps the application from the agent.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=("env",),
    remedy="Remove the variable: the injector sets it. For a bootstrap of your own, mount the volume that holds the file.",
    evidence=("istio injection keeps the user's env", "https://github.com/istio/istio/issues/36150", "failure mode A9"),
)
