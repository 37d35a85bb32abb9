"""A control plane of its own with an istiod that answers fast: puts objects in, in waves, and takes them out again.

No controller manager and no scheduler: nothing changes objects but this program. The validating webhook of Istio is not there,
so a generator must only make what Istio accepts (`run --valid` asks `istioctl`).
"""

import json
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import yaml

from differential.mesh import Object
from lab.api import APPLY, MERGE
from lab.controlplane import ControlPlane
from lab.errors import ApiError, LabError
from lab.istiod import Istiod

_ENV = {
    "PILOT_MAX_REQUESTS_PER_SECOND": "100000",  # else 25 streams a second
    "PILOT_DEBOUNCE_AFTER": "30ms",
    "PILOT_DEBOUNCE_MAX": "300ms",
    "PILOT_ENABLE_GATEWAY_API_STATUS": "false",
    "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER": "false",
}
_UNNEEDED = (
    "DefaultTolerationSeconds", "LimitRanger", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "PodSecurity", "Priority",
    "ResourceQuota", "RuntimeClass", "ServiceAccount", "TaintNodesByCondition", "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook",
)  # fmt: skip
"""Admission plugins that would only cost time: nothing here runs, and there are no ServiceAccounts."""
_MEMORY_FOR_TIME = "400"
"""Value of GOGC: the API server and istiod collect garbage less often."""
_GROUPS = {"": "/api/v1", "v1": "/api/v1"}
_PLURALS = {
    "AuthorizationPolicy": "authorizationpolicies",
    "PeerAuthentication": "peerauthentications",
    "ServiceEntry": "serviceentries",
    "WorkloadEntry": "workloadentries",
}
_THREADS = 6
_CONFIG = "/api/v1/namespaces/istio-system/configmaps/istio"
_TAKEN_UP = 0.5
"""Seconds in which istiod has read its changed settings; it then waits for more changes as after any other."""


def path_of(item: Object) -> str:
    """Path of the collection that an object belongs to."""
    group = _GROUPS.get(item["apiVersion"], f"/apis/{item['apiVersion']}")
    plural = _PLURALS.get(item["kind"], f"{item['kind'].lower()}s")
    return f"{group}/namespaces/{item['metadata']['namespace']}/{plural}"


class Cluster:
    """Use it as a context manager, from one thread."""

    def __enter__(self) -> Self:
        os.environ.setdefault("GOGC", _MEMORY_FOR_TIME)
        self._plane = ControlPlane(
            controller_manager=False,
            scheduler=False,
            crds=("istio", "gateway"),
            api_server_args=(
                f"--disable-admission-plugins={','.join(_UNNEEDED)}",
                "--enable-priority-and-fairness=false",
            ),
        ).start()
        try:
            self._istiod = Istiod(self._plane, env=_ENV).start()
        except BaseException:
            self._plane.stop(keep_logs=True)
            raise
        self._pool = ThreadPoolExecutor(_THREADS)
        self._spaces: set[str] = set()
        self._config: dict[str, Any] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._istiod.stop()
        self._plane.stop(keep_logs=isinstance(error, Exception))

    @property
    def xds(self) -> str:
        """Address of istiod's plaintext port."""
        return self._istiod.xds

    def spaces(self, names: Iterable[str]) -> None:
        """Make namespaces that are not there yet."""
        missing = {*names} - self._spaces - {"istio-system"}
        for name in sorted(missing):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._plane.api.request("POST", "/api/v1/namespaces", body)
        self._spaces |= missing

    def put(self, objects: Sequence[tuple[int, Object]]) -> list[str | None]:
        """Create objects wave by wave, a full second between waves; their `creationTimestamp`s, in the order given.

        None for an object that the API server refuses: then it is no part of what is asked about.
        """
        self.spaces(item["metadata"]["namespace"] for _, item in objects)
        stamps: list[str | None] = [None] * len(objects)
        for wave in sorted({wave for wave, _ in objects}):
            places = [place for place, (when, _) in enumerate(objects) if when == wave]
            made = self._pool.map(lambda place: self._create(objects[place][1]), places)
            for place, stamp in zip(places, made, strict=True):
                stamps[place] = stamp
            time.sleep(1.05 - time.time() % 1)
        return stamps

    def replace(self, objects: Iterable[Object]) -> None:
        """Create objects or put them in place of those that are there."""
        for item in objects:
            self.spaces([item["metadata"]["namespace"]])
            path = f"{path_of(item)}/{item['metadata']['name']}?fieldManager=lab&force=true"
            self._plane.api.request("PATCH", path, item, content=APPLY)
            if item["kind"] == "Pod":
                self._status(item)

    def remove(self, objects: Iterable[Object]) -> None:
        """Delete objects; one that is not there is none."""
        list(self._pool.map(self._delete, objects))

    def _create(self, item: Object) -> str | None:
        if item["kind"] == "ConfigMap":
            return self._configure(json.loads(item["data"]["mesh"]))
        try:
            made = self._plane.api.request("POST", path_of(item), item)
        except ApiError as error:
            if error.reason == "Invalid":
                return None
            where = f"{item['kind']} {item['metadata']['namespace']}/{item['metadata']['name']}"
            raise LabError(f"{where}: {error}") from error
        if item["kind"] == "Pod":
            self._status(item)
        return str(made["metadata"]["creationTimestamp"])

    def _configure(self, settings: dict[str, Any]) -> str:
        """Lay settings over what Istio was installed with; none takes them away again."""
        if not self._config:
            self._config = yaml.safe_load(self._plane.api.request("GET", _CONFIG)["data"]["mesh"])
        body = {"data": {"mesh": yaml.safe_dump(self._config | settings)}}
        made = self._plane.api.request("PATCH", _CONFIG, body, content=MERGE)
        time.sleep(_TAKEN_UP)
        return str(made["metadata"]["creationTimestamp"])

    def _status(self, item: Object) -> None:
        path = f"{path_of(item)}/{item['metadata']['name']}/status"
        self._plane.api.request("PATCH", path, {"status": item["status"]}, content=MERGE)

    def _delete(self, item: Object) -> None:
        if item["kind"] == "ConfigMap":
            self._configure({})
            return
        try:
            self._plane.api.request("DELETE", f"{path_of(item)}/{item['metadata']['name']}?gracePeriodSeconds=0")
        except ApiError as error:
            if error.reason != "NotFound":
                raise


def stamped(objects: Sequence[tuple[int, Object]], stamps: Sequence[str | None]) -> list[tuple[int, Object]]:
    """The objects that were created, with the time when they were."""
    return [
        (wave, item | {"metadata": item["metadata"] | {"creationTimestamp": stamp}})
        for (wave, item), stamp in zip(objects, stamps, strict=True)
        if stamp
    ]
