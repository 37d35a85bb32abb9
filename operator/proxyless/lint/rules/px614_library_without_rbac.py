"""PX614: servers whose library has no RBAC filter do not enforce policies, or lose their listener to one."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.world import World
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.selector import match_labels
from proxyless.mesh.workload import environment_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence
from proxyless.model.truth import Truth

_REJECTS = "it rejects its listener. If it runs already it lets denied callers in, else it never serves"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per policy that selects a server whose library certainly has no RBAC filter."""
    if action_of(subject) not in ("ALLOW", "DENY") or not sequence(subject.spec.get("rules")):
        return
    if reaching(subject, world) is None:
        return
    for workload in grpc_workloads(world, subject.namespace, match_labels(subject)):
        client = world.client_of(workload)
        if client.language is None:
            continue
        known = world.matrix.support("filter.rbac", client.language, client.version, environment_of(workload))
        if known.truth is not Truth.NO:
            continue
        rejects = known.otherwise is Verdict.REJECTED
        harm = _REJECTS if rejects else "calls pass unchecked"
        which = f"gRPC {client.language.title}" + (f" {client.version}" if client.version else "")
        needs = f" without {known.needs[0]}=true" if known.needs else ""
        yield Hit(
            ("spec", "rules"),
            f"{workload.ref} uses {which}{needs}, which cannot enforce policies: {harm}.",
            _remedy(known.since, known.needs),
            related=(workload.ref,),
            deny=False,
        )
        return


def _remedy(since: object, needs: tuple[str, ...]) -> str:
    if needs:
        return f"Set {needs[0]}=true in the server's environment, or check in an interceptor."
    return f"Upgrade the library to {since}, or check in an interceptor." if since else "Check in a server interceptor."


RULE = Rule(
    code="PX614",
    slug="library-without-rbac",
    summary="A policy selects a server whose gRPC library cannot enforce policies.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Upgrade the library, or check in a server interceptor.",
    evidence=("matrix grpc filter.rbac",),
)
