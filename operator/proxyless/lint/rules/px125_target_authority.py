"""PX125: two slashes after ``xds:`` name an authority of the bootstrap, not a host: such a target dials nothing."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import redials
from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.pods import is_placeholder
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.bootstrap import bootstrap, is_for_others
from proxyless.mesh.pod.targets import is_silent, targets
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per target with an authority that the container's bootstrap does not have."""
    workload = world.workload(subject)
    if workload is None or is_silent(workload.pod) or not is_grpc(world, workload):
        return
    for container in workload.pod.apps:
        own = bootstrap(container)
        if is_for_others(container) or (own is not None and own.content is None):
            continue  # its authorities are not known
        known = own.authorities if own is not None else frozenset()
        for target in targets(container):
            if not target.authority or target.authority in known or is_placeholder(target.authority):
                continue
            meant = target.endpoint or target.authority
            yield Hit(
                target.text.path,
                f"{target.written} names the authority {target.authority!r}, which the bootstrap does not have: the channel"
                " fails at once, and istiod is never asked.",
                remedy=f"Write three slashes, xds:///{meant}.",
                fix=redials(workload, target.text.path, target.written, f"xds:///{meant}", safe=not target.endpoint),
            )


RULE = Rule(
    code="PX125",
    slug="target-authority",
    summary="An xds:// target names an authority of the bootstrap where a host was meant.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Write three slashes before the host, xds:///<service>.<namespace>.svc.<domain>:<port>.",
    evidence=("gRFC A47: xDS federation", "https://github.com/istio/istio/issues/47693"),
    fixes=("safe", "unsafe"),
)
