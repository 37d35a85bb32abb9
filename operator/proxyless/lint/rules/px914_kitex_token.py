"""PX914: with authentication on, Kitex needs a token for istiod; the pod's ordinary one has the wrong audience."""

from collections.abc import Iterator

from proxyless.lint.frameworks import has_istio_token, of_framework, variables
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

_AUTH, _PATH = "KITEX_XDS_ISTIO_AUTH", "KITEX_XDS_SA_TOKEN_PATH"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Kitex workload that authenticates without such a token, or does not point at it."""
    found = of_framework(subject, world, Framework.KITEX)
    if found is None:
        return
    known = variables(found[0])
    value, path = known.get(_AUTH, ("", ()))
    if value != "true":
        return
    if not has_istio_token(found[0]):
        yield Hit(
            path,
            "Kitex sends istiod the pod's ordinary token, whose audience istiod refuses: no volume projects one for istio-ca.",
        )
    elif _PATH not in known:
        yield Hit(
            path,
            f"A token for istio-ca is mounted, but {_PATH} does not name it: Kitex sends the pod's ordinary token.",
        )


RULE = Rule(
    code="PX914",
    slug="kitex-token",
    summary="A Kitex workload authenticates to istiod with a token that istiod refuses.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=(Framework.KITEX,),
    remedy=f"Mount a projected serviceAccountToken with audience istio-ca and name its path in {_PATH}.",
    evidence=("matrix frameworks authentication", "failure modes J6 and J7"),
)
