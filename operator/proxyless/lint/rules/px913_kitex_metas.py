"""PX913: Kitex resolves names by istiod's name table, which istiod sends only where the node asks for DNS capture."""

import json
from collections.abc import Iterator

from proxyless.lint.frameworks import containers_path, may_have_more, of_framework, variables
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource, mapping

METAS = "KITEX_XDS_METAS"
_NO_NAMES = "istiod sends no name table, and no host can be resolved"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Kitex workload whose node metadata does not ask for it."""
    found = of_framework(subject, world, Framework.KITEX)
    if found is None:
        return
    if METAS not in variables(found[0]):
        if not may_have_more(found[0]):
            yield Hit(containers_path(found[0]), f"Without {METAS} {_NO_NAMES}.")
        return
    value, path = variables(found[0])[METAS]
    if value is None:
        return
    try:
        metas = mapping(json.loads(value))
    except ValueError:
        yield Hit(path, f"{METAS} is no JSON: {_NO_NAMES}.")
        return
    if str(metas.get("DNS_CAPTURE", "")).lower() != "true":
        yield Hit(path, f"{METAS} does not say DNS_CAPTURE: {_NO_NAMES}.")


RULE = Rule(
    code="PX913",
    slug="kitex-metas",
    summary="A Kitex workload does not ask istiod for its name table.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    frameworks=(Framework.KITEX,),
    remedy="""Set KITEX_XDS_METAS to JSON with "DNS_CAPTURE": "true", "CLUSTER_ID", "INSTANCE_IPS" and "NAMESPACE".""",
    evidence=("matrix frameworks environment", "failure mode J2"),
)
