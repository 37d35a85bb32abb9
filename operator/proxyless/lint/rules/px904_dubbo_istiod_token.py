"""PX904: Dubbo's default token policy was dropped by Istio 1.22; the other one needs a projected token."""

from collections.abc import Iterator

from proxyless.lint.frameworks import containers_path, has_istio_token, mentions, of_framework, variables
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.version import Framework, Span

POLICY = "JWT_POLICY"
_DROPPED = Span.parse("1.22..")
_TOKEN = "Mount a projected serviceAccountToken with audience istio-ca at /var/run/secrets/tokens/istio-token."  # noqa: S105  advice


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Dubbo workload that istiod will not authenticate."""
    found = of_framework(subject, world, Framework.DUBBO)
    if found is None:
        return
    workload = found[0]
    if mentions(workload, ":15010", "secure=plaintext", "security=plaintext"):
        return
    value, path = variables(workload).get(POLICY, ("", containers_path(workload)))
    if value is None:
        return
    istio = world.settings.istio
    if value == "third-party-jwt":
        if not has_istio_token(workload):
            yield Hit(
                path,
                "third-party-jwt needs a token for istiod, and no volume projects one: UNAUTHENTICATED.",
                remedy=_TOKEN,
            )
    elif istio is None or istio in _DROPPED:
        which = f"{POLICY} is {value}" if value else f"Without {POLICY} Dubbo uses first-party-jwt"
        message = f"{which}, which Istio dropped in 1.22: istiod answers UNAUTHENTICATED, and no provider is found."
        yield Hit(path, message, applies="" if istio is not None else "Istio is 1.22 or newer")


RULE = Rule(
    code="PX904",
    slug="dubbo-istiod-token",
    summary="A Dubbo workload has no token that this Istio accepts.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=(Framework.DUBBO,),
    remedy=f"Set {POLICY}=third-party-jwt (Dubbo 3.2.0 or later). {_TOKEN}",
    evidence=(
        "https://github.com/apache/dubbo/issues/15180",
        "https://github.com/istio/istio/issues/49520",
        "failure mode I1",
    ),
)
