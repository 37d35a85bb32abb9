"""Which namespaces istiod looks at: ``discoverySelectors`` of MeshConfig. Pure; called by rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxyless.model.resource import mapping, sequence

NAME = "kubernetes.io/metadata.name"
"""Label that the API server gives to every namespace."""


def discovers(selectors: Sequence[Any], name: str, labels: Mapping[str, Any]) -> bool:
    """Whether istiod watches a namespace: there are no selectors, or it matches one.

    A selector that cannot be read counts as met, since nothing is known of it.
    """
    known = {NAME: name, **labels}
    return not selectors or any(_meets(selector, known) for selector in selectors)


def _meets(selector: Any, labels: Mapping[str, Any]) -> bool:
    if not isinstance(selector, dict):
        return True
    wanted = mapping(selector.get("matchLabels")).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        _holds(mapping(item), labels) for item in sequence(selector.get("matchExpressions"))
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = expression.get("key"), sequence(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return labels.get(str(key)) in values
        case "NotIn":
            return labels.get(str(key)) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return True
