"""Tells what is wrong with proxyless itself: condition ``Healthy`` of the ProxylessMesh, Events, and the repair of what may be.

Only the replica that leads does. Events are told when a trouble begins and when it is over, each under one name.
"""

import logging
from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.events import write_event
from proxyless.adapters.rights import Right, lacking
from proxyless.adapters.store import Store
from proxyless.adapters.webhookconfig import restore_configuration
from proxyless.controller.leading import Leading
from proxyless.controller.metrics import Metrics
from proxyless.controller.self_check import SelfCheck
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref, mapping, sequence
from proxyless.model.trouble import Reason, Trouble
from proxyless.process.offloop import off_loop
from proxyless.report.event import About
from proxyless.report.self_health import TYPE, condition, self_event

log = logging.getLogger(__name__)

MESH = Ref("ProxylessMesh", "", "default")
_TRIES = 5
_REGISTRATION = "admissionregistration.k8s.io"


class SelfReport:
    """What one replica tells while it leads.

    Args:
        cluster: where, and as whom.
        store: says whether our namespace is there to stay.
        check: what is told.
        leading: whether this replica leads.
        namespace: our own; Events stand on it where there is no ProxylessMesh.
        metrics: counts repairs.
    """

    def __init__(
        self,
        cluster: KubernetesApi,
        store: Store,
        *,
        check: SelfCheck,
        leading: Leading,
        namespace: str,
        metrics: Metrics,
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._check = check
        self._leading = leading
        self._namespace = namespace
        self._metrics = metrics
        self._told: dict[Reason, str] = {}
        """What was told as begun and not yet as over, with the message."""
        self._counts: Counter[tuple[Reason, bool]] = Counter()
        self.trouble = ""
        """Why nothing can be told, empty where it can."""

    async def run(self) -> None:
        """After each look tell what is new; until cancelled."""
        while True:
            await self._check.looked.wait()
            self._check.looked.clear()
            if not self._leading.held:
                self._told.clear()  # the next to lead tells what lasts
                continue
            try:
                await off_loop(self.tell, self._check.troubles)
                self.trouble = ""
            except ClusterError as error:
                if str(error) != self.trouble:
                    log.warning("cannot tell of proxyless' own health: %s", error)
                self.trouble = str(error)

    def tell(self, troubles: tuple[Trouble, ...]) -> None:
        """Bring condition and Events up to date with these troubles, and repair.

        Raises:
            ClusterError: one of them could not be written; the next look tries again.
        """
        if any(trouble.reason is Reason.API_SERVER for trouble in troubles):
            self._told.setdefault(Reason.API_SERVER, "")  # cannot be told before it is over
            return
        self._restore()
        mesh = self._condition(troubles)
        self._events(troubles, mesh)

    def _condition(self, troubles: tuple[Trouble, ...]) -> dict[str, Any] | None:
        """Write the condition where it differs. Returns the ProxylessMesh, None where there is none."""
        for _ in range(_TRIES):
            try:
                mesh = self._cluster.get(MESH)
            except ClusterError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return None
                raise
            metadata = mapping(mesh.get("metadata"))
            present = sequence(mapping(mesh.get("status")).get("conditions"))
            before = next((entry for entry in present if mapping(entry).get("type") == TYPE), None)
            wanted = condition(troubles, before, metadata.get("generation"), datetime.now(UTC))
            if wanted == before:
                return mesh
            entries = [wanted if entry is before else entry for entry in present]
            conditions = entries if before is not None else [*entries, wanted]
            try:
                self._cluster.patch_status(MESH, {"conditions": conditions}, version=str(metadata["resourceVersion"]))
            except ClusterError as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
                continue
            return mesh
        return None  # changes all the time; the next look tries again

    def _events(self, troubles: tuple[Trouble, ...], mesh: dict[str, Any] | None) -> None:
        about = self._about(mesh)
        messages: dict[Reason, str] = {}
        for trouble in troubles:
            messages[trouble.reason] = "; ".join(filter(None, (messages.get(trouble.reason), trouble.message)))
        for reason, message in messages.items():
            if reason not in self._told:
                self._event(reason, message, about)
            self._told[reason] = message
        for reason in self._told.keys() - messages.keys():
            self._event(
                reason, f"It is over: {self._told[reason] or 'the API server did not answer'}", about, over=True
            )
            del self._told[reason]

    def _event(self, reason: Reason, message: str, about: About, *, over: bool = False) -> None:
        self._counts[reason, over] += 1
        made = self_event(reason, message, about, datetime.now(UTC), self._counts[reason, over], over=over)
        write_event(self._cluster, made)

    def _about(self, mesh: dict[str, Any] | None) -> About:
        if mesh is None:
            return About("v1", "Namespace", self._namespace, self._namespace)
        uid = str(mapping(mesh.get("metadata")).get("uid", ""))
        return About(str(mesh.get("apiVersion")), MESH.kind, MESH.name, "", uid)

    def _restore(self) -> None:
        """Make configurations anew that are gone, as they were last seen, where we were given the right to."""
        for plural, name in sorted(self._check.missing):
            known = self._check.configurations.get((plural, name))
            if known is None or lacking(self._cluster, [Right(_REGISTRATION, plural, "create")], self._namespace):
                continue
            if self._going():
                return
            if restore_configuration(self._cluster, known):
                self._metrics.restored.inc()
                log.warning("%s/%s was gone and is made anew as it was", plural, name)

    def _going(self) -> bool:
        """Whether our own namespace is being deleted: an uninstall takes the configurations away for good."""
        seen = self._store.get(Ref("Namespace", "", self._namespace))
        return seen is None or "deletionTimestamp" in mapping(seen.body.get("metadata"))
