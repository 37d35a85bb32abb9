"""PX904: Dubbo Java's default token policy is none that a recent Istio takes; the other one needs a projected token.

dubbo-go shows istiod no token at all (it needs the plaintext port), so it is left alone.
"""

from collections.abc import Iterator

from proxyless.lint.frameworks import containers_path, has_istio_token, mentions, of_framework, variables, window_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Client, Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth

POLICY = "JWT_POLICY"
_TOKEN = "Mount a projected serviceAccountToken with audience istio-ca at /var/run/secrets/tokens/istio-token."  # noqa: S105  advice


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Dubbo workload that istiod will not authenticate."""
    found = of_framework(subject, world, Framework.DUBBO)
    if found is None:
        return
    workload, client = found[0], world.client_of(found[0])
    if client.language not in (Language.JAVA, None):
        return
    if mentions(workload, ":15010", "secure=plaintext", "security=plaintext"):
        return
    value, path = variables(workload).get(POLICY, ("", containers_path(workload)))
    if value is None:
        return
    reads = world.matrix.behavior("dubbo.third_party_jwt").holds(client.version) is not Truth.NO
    if value == "third-party-jwt" and reads:
        if not has_istio_token(workload):
            yield Hit(
                path,
                "third-party-jwt needs a token for istiod, and no volume projects one: UNAUTHENTICATED.",
                remedy=_TOKEN,
            )
        return
    dropped = world.matrix.behavior("istio.first_party_jwt_dropped")
    if dropped.holds(world.settings.istio) is Truth.NO:
        return
    which = f"{POLICY} is {value}" if value else f"Without {POLICY} Dubbo uses first-party-jwt"
    if not reads:
        which = f"Dubbo {client.version} does not read {POLICY} and uses first-party-jwt"
    message = f"{which}, which Istio dropped in {dropped.releases.first}: istiod answers UNAUTHENTICATED, and no provider is found."
    doubts = [
        "" if world.settings.istio else f"Istio is {dropped.releases.first} or newer",
        "" if client.language or value else "it is Dubbo Java",
        ""
        if client.version is None or client.version in window_of(world, client)
        else "it uses the extension dubbo-xds",
    ]
    yield Hit(path, message, _remedy(world, client), applies=", and ".join(filter(None, doubts)))


def _remedy(world: World, client: Client) -> str:
    knows = world.matrix.behavior("dubbo.third_party_jwt")
    old = knows.holds(client.version) is Truth.NO
    upgrade = f"Upgrade Dubbo to {knows.releases.first} or later and set" if old else "Set"
    since = f" (Dubbo {knows.releases.first} or later)" if client.version is None else ""
    return f"{upgrade} {POLICY}=third-party-jwt{since}. {_TOKEN}"


RULE = Rule(
    code="PX904",
    slug="dubbo-istiod-token",
    summary="A Dubbo workload has no token that this Istio accepts.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=(Framework.DUBBO,),
    remedy=f"Set {POLICY}=third-party-jwt. {_TOKEN}",
    evidence=(
        "https://github.com/apache/dubbo/issues/15180",
        "https://github.com/istio/istio/issues/49520",
        "failure mode I1",
    ),
)
