"""Warnings that admission policies of ours give already, so that the webhook does not say them again.

Read for each review through ``Context.policies``; ``webhook.main`` has the bindings read again every :data:`AGAIN` seconds. A policy that
was removed is noticed then; a denial is never left out, since the API server asks the webhook only where no policy denied.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.export.validating import RULE
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.process.offloop import off_loop

log = logging.getLogger(__name__)

AGAIN = 30.0
"""Seconds between two looks at the bindings."""
_BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
_OPERATORS: dict[str, Callable[[object, list[object]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


class PolicyWarnings:
    """Bindings of our policies that warn, as they were read last."""

    def __init__(self, connect: Callable[[], KubernetesApi]) -> None:
        self._connect = connect
        self._cluster: KubernetesApi | None = None
        self._bindings: tuple[tuple[str, Mapping[str, Any]], ...] = ()
        """Code of the rule, and ``namespaceSelector``."""

    async def run(self) -> None:
        """Read the bindings now and then, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(AGAIN)

    async def look(self) -> None:
        """Read the bindings; where that is not possible none is counted on: said twice is better than not at all."""
        try:
            self.take(await off_loop(self._read))
        except ClusterError as error:
            self.take(())
            self._cluster = None
            log.debug("bindings of admission policies are not read: %s", error)

    def take(self, bindings: Iterable[object]) -> None:
        """Use these bindings from now on; those with a selector of objects are not counted on."""
        found = []
        for binding in map(mapping, bindings):
            code = mapping(mapping(binding.get("metadata")).get("labels")).get(RULE)
            spec = mapping(binding.get("spec"))
            matched = mapping(spec.get("matchResources"))
            others = [key for key in matched if key not in ("namespaceSelector", "matchPolicy") and matched[key]]
            if code and "Warn" in sequence(spec.get("validationActions")) and not others:
                found.append((str(code), mapping(matched.get("namespaceSelector"))))
        self._bindings = tuple(found)

    def codes(self, namespace: Resource | None) -> frozenset[str]:
        """Rules that a policy warns by in a namespace; none where the namespace is not known."""
        if namespace is None:
            return frozenset()
        return frozenset(code for code, selector in self._bindings if _selects(selector, namespace.labels))

    def _read(self) -> list[object]:
        self._cluster = self._cluster or self._connect()
        answer = self._cluster.request("GET", _BINDINGS, query={"labelSelector": RULE})
        return sequence(mapping(answer).get("items"))


def _selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    return all(labels.get(key) == value for key, value in mapping(selector.get("matchLabels")).items()) and all(
        _OPERATORS[str(item.get("operator"))](labels.get(str(item.get("key"))), sequence(item.get("values")))
        for item in map(mapping, sequence(selector.get("matchExpressions")))
    )
