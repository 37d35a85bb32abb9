"""Label selectors as Istio and Services write them: a flat map, all pairs must be equal."""

from collections.abc import Mapping

from proxyless.model.resource import Resource, mapping


def selects(wanted: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    """Whether labels satisfy a flat selector; an empty selector selects everything."""
    for key, value in wanted.items():  # noqa: SIM110  asked of each pair of Service and workload: twice as fast as all()
        if labels.get(key) != value:
            return False
    return True


def match_labels(policy: Resource) -> dict[str, object]:
    """``spec.selector.matchLabels`` of a security policy, empty where it selects the whole namespace."""
    return mapping(mapping(policy.spec.get("selector")).get("matchLabels"))
