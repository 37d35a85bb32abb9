"""Leader election by a Lease of ``coordination.k8s.io``, as Kubernetes' own controllers do it: one of several replicas writes.

Called by ``controller.leading`` every few seconds. Clocks of other machines are not trusted: a holder counts as gone
when its record has not changed for the lease's duration by our own clock. Kopf's peering is not used, since it pauses
the watches of those that wait.
"""

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError

DURATION = 15.0
"""Seconds after which a silent holder counts as gone."""
_API = "/apis/coordination.k8s.io/v1/namespaces"


class Lease:
    """One Lease, held or wanted by one identity. Not for several threads at once.

    Args:
        cluster: where, and as whom.
        namespace: the operator's own.
        name: the same for all replicas.
        identity: unique among replicas, such as the pod's name with a random part.
        duration: seconds; whole numbers from 1 up, as the API has it.
    """

    def __init__(
        self, cluster: KubernetesApi, namespace: str, name: str, identity: str, *, duration: float = DURATION
    ) -> None:
        self._cluster = cluster
        self._list = f"{_API}/{namespace}/leases"
        self._name = name
        self._identity = identity
        self._duration = duration
        self._seen: tuple[object, float] = (None, 0.0)
        self._renewed = float("-inf")
        self.holder = ""
        """Who held it when it was last read."""

    @property
    def held(self) -> bool:
        """Whether we may write now: we hold it, and nobody can have taken it since."""
        return time.monotonic() - self._renewed < self._duration * 2 / 3

    def attempt(self) -> bool:
        """Acquire the Lease if it is free, renew it if it is ours; returns whether it is held.

        Raises:
            ClusterError: the Lease can be neither read nor written; :attr:`held` still tells the truth.
        """
        started = time.monotonic()
        try:
            lease = self._cluster.request("GET", f"{self._list}/{self._name}")
        except ClusterError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            lease = None
        if lease is not None and not self._free(lease.get("spec") or {}):
            self._renewed = float("-inf")
            return False
        try:
            self._write(lease)
        except ClusterError as error:
            if error.status == HTTPStatus.CONFLICT:  # another was faster; the next attempt reads whom
                self._renewed = float("-inf")
                return False
            raise
        self.holder = self._identity
        self._renewed = started
        return True

    def release(self) -> None:
        """Release the Lease, so that another replica need not wait for its expiry. Failures are left to the lease's expiry."""
        if not self.held:
            return
        self._renewed = float("-inf")
        try:
            lease = self._cluster.request("GET", f"{self._list}/{self._name}")
            spec = lease.get("spec") or {}
            if spec.get("holderIdentity") == self._identity:
                lease["spec"] = {**spec, "holderIdentity": "", "renewTime": _now(), "leaseDurationSeconds": 1}
                self._cluster.request("PUT", f"{self._list}/{self._name}", lease)
        except ClusterError:
            return

    def _free(self, spec: dict[str, Any]) -> bool:
        self.holder = str(spec.get("holderIdentity") or "")
        record = (self.holder, spec.get("renewTime"), spec.get("leaseTransitions"))
        if record != self._seen[0]:
            self._seen = (record, time.monotonic())
        if self.holder in ("", self._identity):
            return True
        lasts = float(spec.get("leaseDurationSeconds") or self._duration)
        return time.monotonic() - self._seen[1] > lasts

    def _write(self, lease: dict[str, Any] | None) -> None:
        old = (lease or {}).get("spec") or {}
        ours = old.get("holderIdentity") == self._identity
        spec = {
            **old,
            "holderIdentity": self._identity,
            "leaseDurationSeconds": max(1, round(self._duration)),
            "acquireTime": old.get("acquireTime") if ours else _now(),
            "renewTime": _now(),
            "leaseTransitions": int(old.get("leaseTransitions") or 0) + (not ours),
        }
        if lease is None:
            body = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._name},
                "spec": spec,
            }
            self._cluster.request("POST", self._list, body)
        else:
            self._cluster.request("PUT", f"{self._list}/{self._name}", {**lease, "spec": spec})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
