"""PX907: Dubbo and Kitex can read xDS in plaintext, Kitex does so by default: anyone on the way may change it."""

from collections.abc import Iterator

from proxyless.lint.frameworks import OTHERS, containers_path, mentions, of_framework, variables
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

_AUTH = "KITEX_XDS_ISTIO_AUTH"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload of these frameworks that reads xDS from port 15010."""
    found = of_framework(subject, world, *OTHERS)
    if found is None:
        return
    workload, framework = found
    if framework is Framework.DUBBO:
        path = mentions(workload, ":15010", "secure=plaintext", "security=plaintext")
        if path is not None:
            yield Hit(
                path,
                "Dubbo reads its configuration from istiod in plaintext: anyone on the way can read and change it.",
            )
        return
    value, path = variables(workload).get(_AUTH, ("", containers_path(workload)))
    if value is not None and value != "true":
        message = f"Without {_AUTH}=true Kitex reads its configuration from istiod's port 15010 in plaintext, which may be closed."
        remedy = f"Set {_AUTH}=true and KITEX_XDS_SA_TOKEN_PATH to a projected token with audience istio-ca."
        yield Hit(path, message, remedy=remedy)


RULE = Rule(
    code="PX907",
    slug="plaintext-to-istiod",
    summary="A Dubbo or Kitex workload reads its configuration in plaintext.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    frameworks=OTHERS,
    remedy="Use istiod's port 15012 with a token, and close 15010 by a NetworkPolicy.",
    evidence=("matrix frameworks istiod", "failure modes I11 and J5"),
)
