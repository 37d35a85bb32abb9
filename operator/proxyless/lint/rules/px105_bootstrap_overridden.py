"""PX105: a bootstrap variable of the pod's own wins over the agent's, and often names a file that nobody writes."""

from collections.abc import Iterator

from proxyless.lint.pods import AGENT
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.bootstrap import AGENT_FILE, bootstrap
from proxyless.mesh.pod.keys import BOOTSTRAP, BOOTSTRAP_CONFIG
from proxyless.mesh.pod.opt_in_marks import istio_word
from proxyless.mesh.pod.variables import variable
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import WORKLOADS, Resource

_OLD = "/var/lib/istio/data/grpc-bootstrap.json"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per container whose bootstrap variable leads nowhere, or has no effect."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates:
        return
    for container in workload.pod.apps:
        found = bootstrap(container)
        inline = variable(container, BOOTSTRAP_CONFIG)
        if found is not None and found.file:
            if found.file == _OLD:
                releases = world.matrix.behavior("istio.bootstrap_in_lib").releases.words
                message = f"{_OLD} is where Istio {releases} put the bootstrap; today's agent writes {AGENT_FILE}."
                yield Hit(found.variable.path, message)
            elif not found.mounted:
                message = f"{BOOTSTRAP} wins over the agent's {AGENT_FILE}, and no volume of the pod is mounted at {found.file}."
                yield Hit(found.variable.path, message, severity=Severity.WARNING)
        elif found is None and inline is not None and istio_word(workload.pod) is not False:
            message = (
                f"{BOOTSTRAP_CONFIG} has no effect: Istio's injector sets {BOOTSTRAP}, which libraries read first."
            )
            yield Hit(inline.entry, message, severity=Severity.WARNING, fix=drop(inline.entry))


RULE = Rule(
    code="PX105",
    slug="bootstrap-overridden",
    summary="A bootstrap variable of the pod's own keeps the application from the agent.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    by_value=True,
    needs=("env", "envFrom"),
    remedy="Remove the variable: the injector sets it. For a bootstrap of your own, mount the volume that holds the file.",
    evidence=("istio injection keeps the user's env", "https://github.com/istio/istio/issues/36150", "failure mode A9"),
    fixes=("unsafe",),
)
